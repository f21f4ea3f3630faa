//! Refunding the orders of a cancelled event.

use model::{OrderId, orders::OrderStatus};

use super::{PaymentStatus, store};
use crate::{
    orders::{self, Transition},
    transaction::Transaction,
};

/// Begins the refund of all that an order has paid for its tickets and has not got back, under the row lock of its
/// listing. The sweep asks Stripe for it. Returns whether that is new: all of it may be on its way already.
pub(crate) async fn call_off(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<bool> {
    let Some(order) = orders::store::lock_row(&mut *tx, order).await? else { return Ok(false) };
    let Some(payment) = store::sale_of_order(&mut **tx, order.id).await? else { return Ok(false) };
    let kept = [PaymentStatus::Captured, PaymentStatus::PartRefunding, PaymentStatus::PartRefundFailed];
    store::advance(&mut *tx, payment, &kept, PaymentStatus::Refunding).await?;
    // A part may be on its way, or owed after a failure: then the order says so already.
    if order.status != OrderStatus::RefundPending {
        orders::store::advance(&mut *tx, order.id, Transition::RefundStarted).await?;
    }
    Ok(true)
}
