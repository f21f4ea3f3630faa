//! Ending one order whose lock has expired.

use model::{OrderId, orders::OrderStatus};
use time::OffsetDateTime;

use crate::{
    Backend,
    orders::{self, end::end_overdue},
    payments::{
        self,
        error::ReconcileError,
        reconcile::{IfUnpaid, reconcile},
    },
    tickets,
    waitlist::offer::offer_free,
};

/// The result of an order's timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The order has ended now.
    Expired,
    /// The order had ended before, or it is paid. Nothing was changed.
    AlreadyOver,
    /// The timer ran early and has to run again.
    NotDue {
        /// The end of the order's lock.
        until: OffsetDateTime,
    },
}

/// Why an order has not ended yet.
#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    /// The open payment at Stripe was not closed.
    #[error("the payment was not closed")]
    Payment(#[source] ReconcileError),
    /// A query that reads or ends the order failed.
    #[error("the order was not ended")]
    Database(#[from] sqlx::Error),
}

/// Ends an order whose lock has expired; its tickets are offered to the waitlist.
///
/// It first closes the open intent at Stripe, so that no one pays for an order that has ended. If Stripe
/// answers that the card is authorised already, the order counts as paid.
///
/// # Errors
///
/// Each variant of [`ExpireError`] is one reason. Retry later: until then every reader treats the tickets
/// as free, once the payment grace is over.
#[tracing::instrument(name = "order.expire", skip_all, fields(order.id = %id))]
pub async fn expire(backend: &Backend, id: OrderId) -> Result<Expiry, ExpireError> {
    let Some(order) = orders::store::find(&backend.db, id).await? else {
        return Ok(Expiry::AlreadyOver);
    };
    if let (true, Some(until)) = (order.is_live(), order.held_until) {
        return Ok(Expiry::NotDue { until });
    }
    if !order.status.is_open() {
        return Ok(Expiry::AlreadyOver);
    }
    if let Some(payment) = payments::store::live_of_order(&backend.db, id).await? {
        reconcile(backend, payment.id, IfUnpaid::Close).await.map_err(ExpireError::Payment)?;
    }
    if end_and_offer(backend, id).await? {
        return Ok(Expiry::Expired);
    }
    // The order was paid, or its lock was extended for a capture that is running.
    match orders::store::find(&backend.db, id).await? {
        Some(order) if order.status == OrderStatus::AwaitingPayment => {
            Ok(order.held_until.map_or(Expiry::AlreadyOver, |until| Expiry::NotDue { until }))
        }
        _ => Ok(Expiry::AlreadyOver),
    }
}

/// Ends the order, if it still has to end, and offers its tickets to the waitlist.
async fn end_and_offer(backend: &Backend, id: OrderId) -> sqlx::Result<bool> {
    let mut tx = backend.begin().await?;
    let Some(listing) = tickets::store::lock_of(&mut tx, id).await? else { return Ok(false) };
    // Also within the payment grace: whatever was open at Stripe is closed.
    let has_ended = end_overdue(&mut tx, id).await?;
    offer_free(&mut tx, &backend.rules, listing.id).await?;
    tx.mark(listing.id);
    tx.commit().await?;
    Ok(has_ended)
}

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::show::show,
        testing::{self, Listed},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn expire_ends_due_order_once(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");

        let early = expire(&backend, id).await.expect("runs");
        assert!(matches!(early, Expiry::NotDue { .. }), "{early:?}");
        assert_eq!(show(&backend, bob, id).await.expect("shows").status, OrderStatus::Created);

        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        assert_eq!(expire(&backend, id).await.expect("runs"), Expiry::Expired);
        let after_once = testing::snapshot(&backend.db).await;
        assert_eq!(expire(&backend, id).await.expect("runs"), Expiry::AlreadyOver);
        assert_eq!(testing::snapshot(&backend.db).await, after_once, "a second run changes nothing");
        assert_eq!(expire(&backend, fresh::<OrderId>()).await.expect("runs"), Expiry::AlreadyOver);
    }
}
