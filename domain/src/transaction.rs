//! Transactions, and what their commit makes known to the rest of the process.

use std::ops::{Deref, DerefMut};

use model::{ListingId, orders::OrderEventKind};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres};

use crate::{live::ChangeSet, metrics};

/// A transaction. Its commit counts the order events that it wrote, and marks the listings that it changed. When it is
/// dropped, it rolls back, and counts and marks nothing.
pub(crate) struct Transaction<'c> {
    inner: sqlx::Transaction<'c, Postgres>,
    changes: ChangeSet,
    events: Vec<(OrderEventKind, u64)>,
    listings: Vec<ListingId>,
}

impl Transaction<'static> {
    /// Begins a transaction, which marks its listings in `changes`.
    pub(crate) async fn begin(db: &PgPool, changes: &ChangeSet) -> sqlx::Result<Self> {
        let inner = db.begin().await?;
        Ok(Self { inner, changes: changes.clone(), events: Vec::new(), listings: Vec::new() })
    }
}

impl Transaction<'_> {
    /// Notes that the transaction changes a listing or a ticket of it.
    pub(crate) fn mark(&mut self, listing: ListingId) {
        self.listings.push(listing);
    }

    /// Commits the transaction, then counts its events and marks its listings.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        let Self { inner, changes, events, listings } = self;
        inner.commit().await?;
        for (kind, times) in events {
            metrics::count_event(kind, times);
        }
        for listing in listings {
            changes.mark(listing);
        }
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// What runs a statement that writes order events. A plain connection does not: it cannot tell when the
/// events are committed.
pub(crate) trait EventExecutor {
    /// What runs the statement.
    fn executor(&mut self) -> impl PgExecutor<'_>;

    /// Notes that the statement wrote so many events of this kind, if it is one that writes events. They
    /// are counted at their commit.
    fn wrote(&mut self, kind: impl Into<Option<OrderEventKind>>, times: u64);
}

impl EventExecutor for &mut Transaction<'_> {
    fn executor(&mut self) -> impl PgExecutor<'_> {
        &mut *self.inner
    }

    fn wrote(&mut self, kind: impl Into<Option<OrderEventKind>>, times: u64) {
        self.events.extend(kind.into().map(|kind| (kind, times)));
    }
}

/// A statement on the pool alone is committed when it returns.
impl EventExecutor for &PgPool {
    fn executor(&mut self) -> impl PgExecutor<'_> {
        *self
    }

    fn wrote(&mut self, kind: impl Into<Option<OrderEventKind>>, times: u64) {
        if let Some(kind) = kind.into() {
            metrics::count_event(kind, times);
        }
    }
}

/// A statement that is explained has no effect.
#[cfg(test)]
impl EventExecutor for &mut crate::testing::Explain {
    fn executor(&mut self) -> impl PgExecutor<'_> {
        &mut **self
    }

    fn wrote(&mut self, _: impl Into<Option<OrderEventKind>>, _: u64) {}
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{Money, OrderId};

    use super::*;
    use crate::{
        Backend,
        orders::{self, Transition, lock::LockError},
        testing::{self, Listed, counted_events},
    };

    const PRICE: Money = Money::usd(4950);

    struct Locked {
        backend: Backend,
        ticket: ListingId,
        order: OrderId,
    }

    impl Locked {
        /// A ticket with a lock, and no mark of it.
        async fn set(db: PgPool) -> Self {
            let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
            let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
            backend.changes.take().await;
            Self { backend, ticket, order }
        }

        /// Cancels the order in `tx`.
        async fn cancel_in(&self, tx: &mut Transaction<'_>) {
            orders::store::advance(&mut *tx, self.order, Transition::Cancelled).await.expect("cancels");
            tx.mark(self.ticket);
        }

        /// Asserts how many cancelled orders this process has counted, and whether the ticket is marked;
        /// this removes the mark.
        #[track_caller]
        fn assert_known(&self, cancelled: i64, is_marked: bool) {
            assert_eq!(counted_events(&self.backend.db, OrderEventKind::Cancelled), cancelled);
            let marked = self.backend.changes.take().now_or_never().unwrap_or_default();
            assert_eq!(marked, if is_marked { vec![self.ticket] } else { vec![] });
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn commit_counts_events_and_marks_tickets(db: PgPool) {
        let locked = Locked::set(db).await;
        let mut tx = locked.backend.begin().await.expect("begins");
        locked.cancel_in(&mut tx).await;
        locked.assert_known(0, false);
        tx.commit().await.expect("commits");
        locked.assert_known(1, true);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn rollback_counts_and_marks_nothing(db: PgPool) {
        let locked = Locked::set(db).await;
        let mut tx = locked.backend.begin().await.expect("begins");
        locked.cancel_in(&mut tx).await;
        drop(tx);
        locked.assert_known(0, false);
        let mut tx = locked.backend.begin().await.expect("begins");
        locked.cancel_in(&mut tx).await;
        drop(tx);
        locked.assert_known(0, false);
    }

    /// A deferred trigger refuses the commit.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn failed_commit_counts_and_marks_nothing(db: PgPool) {
        let locked = Locked::set(db).await;
        let mut tx = locked.backend.begin().await.expect("begins");
        locked.cancel_in(&mut tx).await;
        sqlx::raw_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
             CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON tickets DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse();
             UPDATE tickets SET position = 7",
        )
        .execute(&mut *tx)
        .await
        .expect("runs");
        tx.commit().await.expect_err("the trigger refuses it");
        locked.assert_known(0, false);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn statement_on_the_pool_is_counted_at_once(db: PgPool) {
        let locked = Locked::set(db).await;
        orders::store::advance(&locked.backend.db, locked.order, Transition::Cancelled).await.expect("cancels");
        locked.assert_known(1, false);
    }

    /// The buyer's own limit refuses a ticket whose overdue lock this transaction has ended: the lock has ended all the
    /// same.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refused_lock_counts_the_end_of_the_lock_before(db: PgPool) {
        let Locked { mut backend, ticket, .. } = Locked::set(db).await;
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let (seller, buyer) = (testing::user(&backend.db, "carol").await, testing::user(&backend.db, "dan").await);
        testing::lock_one(&backend, buyer, testing::listing(&backend, seller).await, PRICE).await.expect("locks");
        backend.changes.take().await;

        backend.rules.max_active_locks = 1;
        let refused = testing::lock_one(&backend, buyer, ticket, PRICE).await;
        assert!(matches!(refused, Err(LockError::TooManyLocks)), "{refused:?}");
        assert_eq!(counted_events(&backend.db, OrderEventKind::Expired), 1);
        assert_eq!(backend.changes.take().now_or_never(), Some(vec![ticket]));

        backend.rules.max_active_locks = 2;
        testing::lock_one(&backend, buyer, ticket, PRICE).await.expect("locks");
        assert_eq!(counted_events(&backend.db, OrderEventKind::Expired), 1);
        assert_eq!(backend.changes.take().now_or_never(), Some(vec![ticket]));
    }
}
