//! Ending an order whose time has run out.

use model::OrderId;
use sqlx::PgConnection;

use super::{OrderEvent, store};
use crate::{
    outbox::{self, Job},
    payments,
};

/// Puts away an order past its end, and has what was open at Stripe for it closed.
pub(crate) async fn end_overdue(tx: &mut PgConnection, order: OrderId) -> sqlx::Result<()> {
    // The sweep may have been quicker: it takes no ticket's row lock.
    store::try_advance(&mut *tx, order, OrderEvent::TimeRanOut).await?;
    if let Some(payment) = payments::store::live_of_order(&mut *tx, order).await? {
        outbox::write(tx, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
    }
    Ok(())
}
