//! Refunding the orders of a cancelled event.

use model::{OrderId, orders::OrderStatus};

use super::{PaymentStatus, store};
use crate::{
    orders::{self, Transition},
    transaction::Transaction,
};

/// Begins the refund of all that a complete order has paid and has not got back, under the row lock of its listing. The
/// sweep asks Stripe for it. Returns whether the order is to be refunded.
pub(crate) async fn call_off(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<bool> {
    let Some(order) = orders::store::lock_row(&mut *tx, order).await? else { return Ok(false) };
    if !matches!(order.status, OrderStatus::Complete | OrderStatus::PartlyRefunded) {
        return Ok(false);
    }
    let Some(payment) = store::sale_of_order(&mut **tx, order.id).await? else { return Ok(false) };
    let kept = [PaymentStatus::Captured, PaymentStatus::PartRefunding, PaymentStatus::PartRefundFailed];
    store::advance(&mut *tx, payment, &kept, PaymentStatus::Refunding).await?;
    orders::store::advance(&mut *tx, order.id, Transition::RefundStarted).await?;
    Ok(true)
}
