//! Ending an order whose lock has expired.

use std::time::Duration;

use model::OrderId;

use super::store;
use crate::{
    database,
    mail::Mail,
    outbox::{self, Job},
    payments,
    transaction::Transaction,
};

/// For how long it may be open whether an order with a payment has ended unpaid.
const UNDECIDED: Duration = Duration::from_mins(2);

/// Ends an order past its end, under the row lock of its listing, and enqueues the job that closes its open intent at
/// Stripe, and the mail to the buyer. Returns whether it ended.
pub(crate) async fn end_overdue(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<bool> {
    if !store::expire(tx, order).await? {
        return Ok(false);
    }
    let payment = payments::store::live_of_order(&mut **tx, order).await?;
    if let Some(payment) = &payment {
        outbox::write(tx, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
    }
    // A card may be authorised already: then the order is paid after all.
    let tell_at = match payment {
        Some(_) => Some(database::clock(&mut **tx).await? + UNDECIDED),
        None => None,
    };
    outbox::write(tx, &Job::SendMail { mail: Mail::OrderExpired { order_id: order } }, tell_at).await?;
    Ok(true)
}
