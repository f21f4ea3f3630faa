//! Settling a refund that keeps failing: the operator has paid the buyer back without Stripe.

use model::{Money, PaymentId, RefundId, orders::OrderEventKind};
use sqlx::PgPool;

use super::{
    PaymentStatus, dispute_store,
    refund_record::follow_with_order,
    refund_store,
    standing::{Standing, Sums, due_cents},
    store,
};
use crate::{
    ids::fresh,
    ledger::{self, store::Movement},
    live::ChangeSet,
    mail::Mail,
    orders,
    outbox::{self, Job},
    transaction::Transaction,
};

/// The longest note on how a buyer was paid back, in characters.
pub const HOW_MAX: usize = 200;

/// Why nothing was settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The id is neither that of a payment nor Stripe's id of a refund that is stored.
    #[error("there is no payment or refund with this id")]
    NotFound,
    /// The note is empty or too long.
    #[error("say in 1 to {HOW_MAX} characters how the buyer was paid back")]
    How,
    /// No refund of the payment has failed: nothing is owed, or Stripe is still at it.
    #[error("nothing is to be settled: no refund of this payment has failed for now")]
    NotOwed,
    /// A query failed.
    #[error("the settlement was not stored")]
    Database(#[from] sqlx::Error),
}

/// What was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The payment.
    pub payment: PaymentId,
    /// How much of it was owed.
    pub amount: Money,
}

/// Books what is owed after failed refunds as paid back in another way, and mails the buyer. `which` is the id of the payment, or Stripe's id
/// of a refund of it; `how` says how the buyer was paid, for the accountant.
///
/// # Errors
///
/// Each variant of [`SettleError`] is one reason. Then nothing has changed.
#[tracing::instrument(name = "payment.settle", skip_all)]
pub async fn settle(db: &PgPool, which: &str, how: &str) -> Result<Settled, SettleError> {
    let how = how.trim();
    if how.is_empty() || how.chars().count() > HOW_MAX {
        return Err(SettleError::How);
    }
    let id = match which.parse::<PaymentId>() {
        Ok(id) => id,
        Err(_) => refund_store::payment_of(db, which).await?.ok_or(SettleError::NotFound)?,
    };
    let known = store::find(db, id).await?.ok_or(SettleError::NotFound)?;
    // The command ends with its process: no page waits for its changes here.
    let mut tx = Transaction::begin(db, &ChangeSet::default()).await?;
    let order = orders::store::lock_row(&mut tx, known.order_id).await?.ok_or(SettleError::NotFound)?;
    let payment = store::lock(&mut tx, id).await?.ok_or(SettleError::NotFound)?;
    // In no other status could a call that refunds the same money not be on its way.
    if !matches!(payment.status, PaymentStatus::RefundFailed | PaymentStatus::PartRefundFailed) {
        return Err(SettleError::NotOwed);
    }
    let standing = async |tx: &mut Transaction<'_>| {
        let refunds = refund_store::of_payment(&mut **tx, id).await?;
        let sums = Sums::of(&refunds, dispute_store::lost_cents(&mut **tx, id).await?);
        Ok::<_, sqlx::Error>(Standing::of(payment.received_cents, due_cents(&payment, sums), sums))
    };
    let Standing::Owed { cents, .. } = standing(&mut tx).await? else { return Err(SettleError::NotOwed) };
    let refund: RefundId = fresh();
    refund_store::insert_settled(&mut *tx, refund, id, Money::usd(cents), how).await?;
    ledger::store::book_movement(&mut tx, &payment, (Movement::Refund, refund.as_uuid()), cents).await?;
    let settled = standing(&mut tx).await?;
    let to = settled.status_of(&payment, false);
    store::advance_with_event(&mut tx, id, &[payment.status], to, Some(OrderEventKind::RefundSettled)).await?;
    follow_with_order(&mut tx, &payment, order.status, settled).await?;
    outbox::write(&mut tx, &Job::SendMail { mail: Mail::Refunded { refund_id: refund } }, None).await?;
    tx.mark(order.listing_id);
    tx.commit().await?;
    Ok(Settled { payment: id, amount: Money::usd(cents) })
}
