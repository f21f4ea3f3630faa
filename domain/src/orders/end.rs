//! Ending an order whose lock has expired.

use model::OrderId;

use super::{Transition, store};
use crate::{
    outbox::{self, Job},
    payments,
    transaction::Transaction,
};

/// Ends an order past its end, and enqueues the job that closes its open intent at Stripe.
pub(crate) async fn end_overdue(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<()> {
    // The sweep may have been quicker: it takes no ticket's row lock.
    store::try_advance(&mut *tx, order, Transition::TimeRanOut).await?;
    if let Some(payment) = payments::store::live_of_order(&mut **tx, order).await? {
        outbox::write(tx, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
    }
    Ok(())
}
