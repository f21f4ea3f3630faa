//! Ending the orders whose timers the queue lost, and those that come due faster than the queue delivers
//! them.

use futures_util::{StreamExt, stream};
use model::OrderId;

use super::expire::{ExpireError, Expiry, expire};
use crate::{Backend, batches::in_batches, orders, outbox};

/// Tickets that one statement frees.
const BATCH: i64 = 1000;
/// Orders whose listing has a waitlist, in one sweep.
const AWAITED: i64 = 1000;
/// Orders that have opened a payment, in one sweep.
const PAYMENTS: i64 = 100;
/// Orders of either kind that are processed concurrently.
const AT_ONCE: usize = 8;

/// An order and its result.
pub type Outcome = (OrderId, Result<Expiry, ExpireError>);

/// The result of a sweep.
#[derive(Debug, Default)]
pub struct Swept {
    /// How many orders ended that had no payment and whose listing had no waitlist.
    pub unpaid: u64,
    /// The orders whose listing had a waitlist, with their results.
    pub awaited: Vec<Outcome>,
}

/// Ends overdue orders without a payment, most overdue first: those without a waitlist in
/// batches, and up to a bound of the others one by one. It calls Stripe for none of them.
///
/// # Errors
///
/// When the database does not answer. Errors of single orders are in [`Swept::awaited`].
#[tracing::instrument(name = "order.expire_sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> Result<Swept, sqlx::Error> {
    let mut swept = Swept::default();
    loop {
        let batch = orders::store::expire_unpaid(&backend.db, BATCH).await?;
        swept.unpaid += batch.orders.unsigned_abs();
        if batch.tickets < BATCH {
            break;
        }
    }
    // Most orders end before their timers are due. After many orders end, their timers would come due all
    // at once.
    in_batches(|limit| outbox::store::drop_idle_timers(&backend.db, limit)).await?;
    let awaited = orders::store::overdue_and_awaited(&backend.db, AWAITED).await?;
    swept.awaited = one_by_one(backend, awaited).await;
    Ok(swept)
}

/// Ends up to a bound of overdue orders that have opened a payment, most overdue first. It waits for
/// Stripe, so it is a sweep of its own, and nothing else waits for it.
///
/// # Errors
///
/// When the database does not answer. Errors of single orders are in the result.
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
        outbox::Job,
        testing::{self, Listed, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sweep_ends_every_overdue_order_only(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        for _ in 0..5 {
            testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, Money::usd(4950))
                .await
                .expect("locks");
        }
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, Money::usd(4950)).await.expect("locks");

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
    async fn sweep_deletes_timers_of_ended_orders(db: PgPool) {
        let Listed { mut backend, bob, listing: ticket, .. } = Listed::new(db).await;
        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        backend.rules.lock_length *= 2;
        let live = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks again");
        let timers = "SELECT count(*) FROM outbox WHERE job->>'kind' = 'expire_order'";
        assert_eq!(testing::count(&backend.db, timers).await, 2);
        sweep(&backend).await.expect("sweeps");
        let left: Vec<Job> = testing::outbox(&backend.db).await.into_iter().map(|(job, _)| job).collect();
        let timers: Vec<_> = left.into_iter().filter(|job| !matches!(job, Job::SendMail { .. })).collect();
        assert_eq!(timers, [Job::ExpireOrder { order_id: live }]);
    }

    /// Two workers sweep at the same time: every order ends, none ends twice, and neither worker waits
    /// for the other.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn two_sweeps_share_the_work(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        testing::overdue_orders(&backend.db, ana, bob, 3000).await;
        let (one, two) = tokio::join!(sweep(&backend), sweep(&backend));
        let ended = one.expect("sweeps").unpaid + two.expect("sweeps").unpaid;
        // One sweep may leave a last short batch to the other, which has those rows locked.
        let rest = sweep(&backend).await.expect("sweeps").unpaid;
        assert_eq!(ended + rest, 3000);
    }
}
