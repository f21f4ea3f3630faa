//! Refunding captured money: the ticket could not be delivered, or the operator refunded the payment at
//! Stripe.

use model::PaymentId;
use platform::stripe::{Refunds, StripeError};

use super::{
    PaymentStatus,
    error::ReconcileError,
    store::{self, Payment},
};
use crate::{
    Backend, ledger,
    orders::{self, Transition},
};

/// Refusals by Stripe after which a refund counts as failed: with the backoff, after half an hour.
const REFUSALS: i32 = 5;

/// Where the money of a captured payment is, according to Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// All of it is refunded.
    Back,
    /// All of it is being refunded, or a part is and the rest is refunded.
    Moving,
    /// At least a part of it is not refunded.
    Here,
}

impl Way {
    fn of(refunds: Refunds, amount_cents: i64) -> Self {
        if refunds.done_cents >= amount_cents {
            Self::Back
        } else if refunds.done_cents + refunds.under_way_cents >= amount_cents {
            Self::Moving
        } else {
            Self::Here
        }
    }
}

/// Reads the progress of a payment's refund at Stripe, and takes the step that follows.
pub(super) async fn follow(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else { return Ok(()) };
    let refunds = backend.stripe.refunds(intent_id).await.map_err(ReconcileError::Stripe)?;
    match (Way::of(refunds, payment.amount_cents), payment.status) {
        (Way::Back, _) => {
            note_started(backend, payment).await?;
            Ok(note_done(backend, payment).await?)
        }
        (Way::Moving, _) => Ok(note_started(backend, payment).await?),
        (Way::Here, PaymentStatus::Refunding) if refunds.failed > payment.refund_failures => {
            Ok(note_failure(backend, payment, refunds.failed).await?)
        }
        (Way::Here, PaymentStatus::Refunding) if payment.refund_backs_off => Ok(()),
        (Way::Here, PaymentStatus::Refunding) => ask_for(backend, payment, intent_id).await,
        // A full refund was not asked for, or the sweep will retry it.
        (Way::Here, _) => Ok(()),
    }
}

/// The same for a payment that was found to be undeliverable.
pub(super) async fn begin(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    match store::find(&backend.db, id).await? {
        Some(payment) => follow(backend, &payment).await,
        None => Ok(()),
    }
}

/// Asks Stripe to refund what is left, and reads the progress again.
async fn ask_for(backend: &Backend, payment: &Payment, intent_id: &str) -> Result<(), ReconcileError> {
    let call = format!("refund-{}", payment.refund_keys_used);
    match backend.stripe.refund(intent_id, payment.idempotency_key(&call)).await {
        Ok(()) => {}
        Err(error) => {
            let noted = match error {
                StripeError::Failed(_) => store::use_up_refund_key(&backend.db, payment).await.map(drop),
                StripeError::Refused(_) => note_refusal(backend, payment).await,
                StripeError::MovedOn | StripeError::Unavailable(_) | StripeError::Crowded => Ok(()),
            };
            noted?;
            return Err(ReconcileError::Stripe(error));
        }
    }
    let refunds = backend.stripe.refunds(intent_id).await.map_err(ReconcileError::Stripe)?;
    match Way::of(refunds, payment.amount_cents) {
        Way::Back => Ok(note_done(backend, payment).await?),
        Way::Here if refunds.failed > payment.refund_failures => {
            Ok(note_failure(backend, payment, refunds.failed).await?)
        }
        Way::Moving | Way::Here => Ok(()),
    }
}

/// Stores that a full refund has started. An order that had bought its ticket changes its status; one
/// that never got the ticket stays as it ended.
async fn note_started(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let mut tx = backend.begin().await?;
    let order = orders::store::lock_row(&mut tx, payment.order_id).await?;
    if store::try_advance(&mut tx, payment.id, &[PaymentStatus::Captured], PaymentStatus::Refunding).await? {
        orders::store::try_advance(&mut tx, payment.order_id, Transition::RefundStarted).await?;
    } else {
        // A failed refund may be running again, started by the operator at Stripe.
        store::try_advance(&mut tx, payment.id, &[PaymentStatus::RefundFailed], PaymentStatus::Refunding).await?;
    }
    if let Some(order) = order {
        tx.mark(order.listing_id);
    }
    tx.commit().await
}

/// Stores that the refund is complete. The ticket stays sold: buyer and seller settle who has it, and the
/// seller may list it as a new one.
async fn note_done(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let mut tx = backend.begin().await?;
    let order = orders::store::lock_row(&mut tx, payment.order_id).await?;
    let done = store::try_advance(&mut tx, payment.id, &[PaymentStatus::Refunding], PaymentStatus::Refunded).await?;
    if done {
        ledger::store::book_refund(&mut *tx, payment).await?;
    }
    // If an order has two payments, the refund that is complete last decides.
    if done && !store::holds_money(&mut *tx, payment.order_id).await? {
        orders::store::try_advance(&mut tx, payment.order_id, Transition::RefundDone).await?;
    }
    if let Some(order) = order {
        tx.mark(order.listing_id);
    }
    tx.commit().await
}

async fn note_failure(backend: &Backend, payment: &Payment, failures: i32) -> sqlx::Result<()> {
    if store::fail_refund(&backend.db, payment.id, failures).await? {
        tracing::error!(payment.id = %payment.id, failures, "a refund failed at the card's bank");
    }
    Ok(())
}

/// Stores that Stripe refused the refund: it is retried with backoff, and counts as failed after too many
/// refusals.
async fn note_refusal(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let is_news = store::refuse_refund(&backend.db, payment).await?;
    if is_news && payment.refund_refusals + 1 >= REFUSALS {
        let (from, to) = (PaymentStatus::Refunding, PaymentStatus::RefundFailed);
        store::try_advance(&backend.db, payment.id, &[from], to).await?;
        tracing::error!(payment.id = %payment.id, "Stripe keeps refusing a refund");
    }
    Ok(())
}
