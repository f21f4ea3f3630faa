//! The end of one order.

use model::{OrderId, orders::OrderStatus};
use time::OffsetDateTime;

use crate::{
    Backend,
    line::pass_on::pass_on,
    orders,
    payments::{
        self,
        error::ReconcileError,
        reconcile::{IfUnpaid, reconcile},
    },
    tickets,
};

/// What became of an order whose timer rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It has ended now.
    Expired,
    /// It had ended before, or has been paid. Nothing was changed.
    AlreadyOver,
    /// The timer rang early; ring again then.
    NotDue {
        /// The order's end.
        until: OffsetDateTime,
    },
}

/// Why an order has not ended yet.
#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    /// What is open at Stripe could not be closed.
    #[error("the payment was not closed")]
    Payment(#[source] ReconcileError),
    /// The database.
    #[error("the order was not ended")]
    Database(#[from] sqlx::Error),
}

/// Ends an order whose time has run out; its ticket goes to the first in line.
///
/// What is open at Stripe is closed first, so that nobody pays for an order that has ended; and
/// where Stripe answers that the card has been authorised already, the order counts as paid.
///
/// # Errors
///
/// See [`ExpireError`]. Try again later: until then every reader treats the ticket as free.
#[tracing::instrument(name = "order.expire", skip_all, fields(order.id = %id))]
pub async fn expire(backend: &Backend, id: OrderId) -> Result<Expiry, ExpireError> {
    let Some(order) = orders::store::find(&backend.db, id).await? else {
        return Ok(Expiry::AlreadyOver);
    };
    if order.is_live() {
        return Ok(Expiry::NotDue { until: order.expires_at });
    }
    if !order.status.is_open() {
        return Ok(Expiry::AlreadyOver);
    }
    if let Some(payment) = payments::store::live_of_order(&backend.db, id).await? {
        reconcile(backend, payment.id, IfUnpaid::Close).await.map_err(ExpireError::Payment)?;
    }
    if end_and_pass_on(backend, id).await? {
        return Ok(Expiry::Expired);
    }
    // It was paid, or given a little time for the capture that is under way.
    match orders::store::find(&backend.db, id).await? {
        Some(order) if order.status == OrderStatus::AwaitingPayment => Ok(Expiry::NotDue { until: order.expires_at }),
        _ => Ok(Expiry::AlreadyOver),
    }
}

/// Ends the order, if it is still to end, and hands its ticket to the first in line.
async fn end_and_pass_on(backend: &Backend, id: OrderId) -> sqlx::Result<bool> {
    let mut tx = backend.db.begin().await?;
    let Some(ticket) = tickets::store::lock_row_of(&mut tx, id).await? else { return Ok(false) };
    let has_ended = orders::store::expire(&mut *tx, id).await?;
    if has_ended {
        pass_on(&mut tx, &backend.rules, &ticket).await?;
    }
    tx.commit().await?;
    backend.changes.note(ticket.id);
    Ok(has_ended)
}

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::{lock::lock, show::show},
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn ends_an_order_that_is_due_and_only_once(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");

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
