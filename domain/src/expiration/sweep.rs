//! Ending what the queue lost, and what comes due faster than it can carry.

use futures_util::{StreamExt, stream};
use model::OrderId;

use super::expire::{ExpireError, Expiry, expire};
use crate::{Backend, orders, outbox};

/// Orders ended by one statement.
const BATCH: i64 = 1000;
/// Orders whose tickets others want, taken on in one sweep.
const WANTED: i64 = 1000;
/// Orders with a payment open at Stripe, taken on in one sweep.
const PAYMENTS: i64 = 100;
/// Of either, as many at once.
const AT_ONCE: usize = 8;

/// What became of one order.
pub type Outcome = (OrderId, Result<Expiry, ExpireError>);

/// What a sweep has done.
#[derive(Debug, Default)]
pub struct Swept {
    /// Orders that nobody had begun to pay for and nobody else wanted.
    pub unpaid: u64,
    /// Orders whose tickets somebody else wanted, and what became of them.
    pub wanted: Vec<Outcome>,
}

/// Ends overdue orders that need no word with Stripe, most overdue first: in batches those that nobody
/// else wants, and up to a bound of the others one by one.
///
/// # Errors
///
/// When the database does not answer. What one order meets is in [`Swept::wanted`].
#[tracing::instrument(name = "order.expire_sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> Result<Swept, sqlx::Error> {
    let mut swept = Swept::default();
    loop {
        let ended = orders::store::expire_unpaid(&backend.db, BATCH).await?;
        swept.unpaid += ended;
        if ended < BATCH.unsigned_abs() {
            break;
        }
    }
    // Most orders end before their timers ring, and after a flood of ends the timers would be another one.
    while outbox::store::drop_idle_timers(&backend.db, BATCH).await? == BATCH.unsigned_abs() {}
    let wanted = orders::store::overdue_and_wanted(&backend.db, WANTED).await?;
    swept.wanted = one_by_one(backend, wanted).await;
    Ok(swept)
}

/// Ends up to a bound of overdue orders with something open at Stripe, most overdue first. It waits for
/// Stripe, and so is a sweep of its own: nothing else is to wait for it.
///
/// # Errors
///
/// When the database does not answer. What one order meets is in the answer.
#[tracing::instrument(name = "order.expire_payments_sweep", skip_all)]
pub async fn sweep_payments(backend: &Backend) -> Result<Vec<Outcome>, sqlx::Error> {
    let paying = orders::store::overdue_with_payment(&backend.db, PAYMENTS).await?;
    Ok(one_by_one(backend, paying).await)
}

async fn one_by_one(backend: &Backend, ids: Vec<OrderId>) -> Vec<Outcome> {
    stream::iter(ids).map(async |id| (id, expire(backend, id).await)).buffer_unordered(AT_ONCE).collect().await
}

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        orders::lock::lock,
        outbox::Job,
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn ends_every_overdue_order_and_no_other(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        for _ in 0..5 {
            lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");
        }
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");

        assert_eq!(sweep(&backend).await.expect("sweeps").unpaid, 5);
        assert_eq!(sweep(&backend).await.expect("sweeps").unpaid, 0);
        assert_eq!(
            testing::count(
                &backend.db,
                "SELECT count(*) FROM orders WHERE status = 'expired' AND ended_at IS NOT NULL"
            )
            .await,
            5
        );
        assert_eq!(
            testing::count(&backend.db, "SELECT count(*) FROM orders WHERE status = 'created' AND ended_at IS NULL")
                .await,
            1
        );
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn spares_the_queue_the_timers_of_what_has_ended(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let ticket = testing::ticket(&backend, ana).await;
        lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        backend.rules.lock_length *= 2;
        let live = lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks again");
        assert_eq!(testing::outbox(&backend.db).await.len(), 2);
        sweep(&backend).await.expect("sweeps");
        let left: Vec<Job> = testing::outbox(&backend.db).await.into_iter().map(|(job, _)| job).collect();
        assert_eq!(left, [Job::ExpireOrder { order_id: live }]);
    }

    /// Two workers sweep at once: every order ends, none twice, and neither waits for the other.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn shares_the_work(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        testing::overdue_orders(&backend.db, ana, bob, 3000).await;
        let (one, two) = tokio::join!(sweep(&backend), sweep(&backend));
        let ended = one.expect("sweeps").unpaid + two.expect("sweeps").unpaid;
        // A sweep may leave a last short batch to the other, which then has it in hand.
        let rest = sweep(&backend).await.expect("sweeps").unpaid;
        assert_eq!(ended + rest, 3000);
    }
}
