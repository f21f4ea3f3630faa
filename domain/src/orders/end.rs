//! Ending an order whose lock has expired.

use model::OrderId;

use super::store;
use crate::{
    outbox::{self, Job},
    payments,
    transaction::Transaction,
};

/// Ends an order past its end, under the row lock of its listing, and enqueues the job that closes its open intent at
/// Stripe. Returns whether it ended.
pub(crate) async fn end_overdue(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<bool> {
    if !store::expire(tx, order).await? {
        return Ok(false);
    }
    if let Some(payment) = payments::store::live_of_order(&mut **tx, order).await? {
        outbox::write(tx, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
    }
    Ok(true)
}
