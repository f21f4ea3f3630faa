//! Transactions, and what their commit makes known to the rest of the process.

use std::ops::{Deref, DerefMut};

use model::{TicketId, orders::OrderEventKind};
use sqlx::{Connection, PgConnection, PgExecutor, PgPool, Postgres};

use crate::{live::ChangeSet, metrics};

/// A transaction, or a savepoint of one. Its commit counts the order events that it wrote, and marks the
/// tickets that it changed. When it is dropped, it rolls back, and counts and marks nothing.
pub(crate) struct Transaction<'c> {
    inner: sqlx::Transaction<'c, Postgres>,
    effects: Effects,
    target: Target<'c>,
}

/// What becomes known at the commit.
#[derive(Default)]
struct Effects {
    events: Vec<(OrderEventKind, u64)>,
    tickets: Vec<TicketId>,
}

/// Where the effects go at the commit.
enum Target<'c> {
    /// The metrics and these changes.
    Process(ChangeSet),
    /// The effects of the enclosing transaction, which may still roll back.
    Enclosing(&'c mut Effects),
}

impl Transaction<'static> {
    /// Begins a transaction, which marks its tickets in `changes`.
    pub(crate) async fn begin(db: &PgPool, changes: &ChangeSet) -> sqlx::Result<Self> {
        let inner = db.begin().await?;
        Ok(Self { inner, effects: Effects::default(), target: Target::Process(changes.clone()) })
    }
}

impl Transaction<'_> {
    /// Sets a savepoint. Its commit releases it, and its rollback undoes only what followed it.
    pub(crate) async fn savepoint(&mut self) -> sqlx::Result<Transaction<'_>> {
        let inner = self.inner.begin().await?;
        Ok(Transaction { inner, effects: Effects::default(), target: Target::Enclosing(&mut self.effects) })
    }

    /// Notes that the transaction changes a ticket.
    pub(crate) fn mark(&mut self, ticket: TicketId) {
        self.effects.tickets.push(ticket);
    }

    /// Commits the transaction, then counts its events and marks its tickets.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        let Self { inner, effects, target } = self;
        inner.commit().await?;
        match target {
            Target::Process(changes) => {
                effects.events.into_iter().for_each(|(kind, times)| metrics::count_event(kind, times));
                effects.tickets.into_iter().for_each(|ticket| changes.mark(ticket));
            }
            Target::Enclosing(enclosing) => {
                enclosing.events.extend(effects.events);
                enclosing.tickets.extend(effects.tickets);
            }
        }
        Ok(())
    }

    /// Rolls the transaction back, and waits until that is done.
    pub(crate) async fn rollback(self) -> sqlx::Result<()> {
        self.inner.rollback().await
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
        self.effects.events.extend(kind.into().map(|kind| (kind, times)));
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{Money, OrderId};

    use super::*;
    use crate::{
        Backend,
        orders::{
            self, Transition,
            lock::{LockError, lock},
        },
        testing::{self, Listed, counted_events},
    };

    const PRICE: Money = Money::usd(4950);

    struct Locked {
        backend: Backend,
        ticket: TicketId,
        order: OrderId,
    }

    impl Locked {
        /// A ticket with a lock, and no mark of it.
        async fn set(db: PgPool) -> Self {
            let Listed { backend, bob, ticket, .. } = Listed::new(db).await;
            let order = lock(&backend, bob, ticket, PRICE).await.expect("locks");
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
        tx.rollback().await.expect("rolls back");
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
             UPDATE tickets SET title = 'Another'",
        )
        .execute(&mut *tx)
        .await
        .expect("runs");
        tx.commit().await.expect_err("the trigger refuses it");
        locked.assert_known(0, false);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn savepoint_counts_and_marks_with_its_transaction_only(db: PgPool) {
        let locked = Locked::set(db).await;
        let mut tx = locked.backend.begin().await.expect("begins");
        let mut savepoint = tx.savepoint().await.expect("a savepoint");
        locked.cancel_in(&mut savepoint).await;
        savepoint.rollback().await.expect("rolls back");
        tx.commit().await.expect("commits");
        locked.assert_known(0, false);

        for is_committed in [false, true] {
            let mut tx = locked.backend.begin().await.expect("begins");
            let mut savepoint = tx.savepoint().await.expect("a savepoint");
            locked.cancel_in(&mut savepoint).await;
            savepoint.commit().await.expect("releases it");
            locked.assert_known(0, false);
            if is_committed {
                tx.commit().await.expect("commits");
            } else {
                tx.rollback().await.expect("rolls back");
            }
            locked.assert_known(is_committed.into(), is_committed);
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn statement_on_the_pool_is_counted_at_once(db: PgPool) {
        let locked = Locked::set(db).await;
        orders::store::advance(&locked.backend.db, locked.order, Transition::Cancelled).await.expect("cancels");
        locked.assert_known(1, false);
    }

    /// The buyer's own limit refuses a ticket whose overdue lock this transaction has ended: the end is
    /// rolled back with it.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refused_lock_counts_no_end_of_the_lock_before(db: PgPool) {
        let Locked { mut backend, ticket, .. } = Locked::set(db).await;
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let (seller, buyer) = (testing::user(&backend.db, "carol").await, testing::user(&backend.db, "dan").await);
        lock(&backend, buyer, testing::ticket(&backend, seller).await, PRICE).await.expect("locks");
        backend.changes.take().await;

        backend.rules.max_active_locks = 1;
        let refused = lock(&backend, buyer, ticket, PRICE).await;
        assert!(matches!(refused, Err(LockError::TooManyLocks)), "{refused:?}");
        assert_eq!(counted_events(&backend.db, OrderEventKind::Expired), 0);
        assert_eq!(backend.changes.take().now_or_never(), None);

        backend.rules.max_active_locks = 2;
        lock(&backend, buyer, ticket, PRICE).await.expect("locks");
        assert_eq!(counted_events(&backend.db, OrderEventKind::Expired), 1);
        assert_eq!(backend.changes.take().now_or_never(), Some(vec![ticket]));
    }
}
