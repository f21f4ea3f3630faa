//! Giving captured money back: for a ticket that could not be delivered, or because the operator
//! refunded the payment at Stripe.

use model::PaymentId;
use platform::stripe::{Refunds, StripeError};

use super::{
    PaymentStatus,
    error::ReconcileError,
    store::{self, Payment},
};
use crate::{
    Backend, ledger,
    orders::{self, OrderEvent},
};

/// Refusals of Stripe's after which a refund counts as failed: half an hour of them.
const REFUSALS: i32 = 5;

/// Where the money of a captured payment is, by what Stripe says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// All of it is back.
    Back,
    /// All of it is on its way, or a part of it and the rest is back.
    Moving,
    /// At least some of it is here.
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

/// Sees how far the refund of a payment has come at Stripe, and takes the step that follows.
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
        (Way::Here, PaymentStatus::Refunding) if payment.refund_rests => Ok(()),
        (Way::Here, PaymentStatus::Refunding) => ask_for(backend, payment, intent_id).await,
        // Nobody wants all of it back, or the sweep will try again.
        (Way::Here, _) => Ok(()),
    }
}

/// The same for a payment that has just been found to be undeliverable.
pub(super) async fn begin(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    match store::find(&backend.db, id).await? {
        Some(payment) => follow(backend, &payment).await,
        None => Ok(()),
    }
}

/// Has Stripe give back what is left, and looks again.
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

/// Notes that all of the money is to go back. An order that had bought its ticket says so; one that
/// never got it stays as it ended.
async fn note_started(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let mut tx = backend.db.begin().await?;
    let order = orders::store::lock_row(&mut tx, payment.order_id).await?;
    if store::try_advance(&mut *tx, payment.id, &[PaymentStatus::Captured], PaymentStatus::Refunding).await? {
        orders::store::try_advance(&mut *tx, payment.order_id, OrderEvent::RefundStarted).await?;
    } else {
        // One that failed may be under way again, by the operator's hand.
        store::try_advance(&mut *tx, payment.id, &[PaymentStatus::RefundFailed], PaymentStatus::Refunding).await?;
    }
    tx.commit().await?;
    if let Some(order) = order {
        backend.changes.note(order.ticket_id);
    }
    Ok(())
}

/// Notes that all of the money is back. The ticket stays sold: whose it is now is between the
/// people, and its seller may list it anew.
async fn note_done(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let mut tx = backend.db.begin().await?;
    let order = orders::store::lock_row(&mut tx, payment.order_id).await?;
    let done = store::try_advance(&mut *tx, payment.id, &[PaymentStatus::Refunding], PaymentStatus::Refunded).await?;
    if done {
        ledger::store::book_refund(&mut *tx, payment).await?;
    }
    // Of two payments for one order the last to go back decides.
    if done && !store::holds_money(&mut *tx, payment.order_id).await? {
        orders::store::try_advance(&mut *tx, payment.order_id, OrderEvent::RefundDone).await?;
    }
    tx.commit().await?;
    if let Some(order) = order {
        backend.changes.note(order.ticket_id);
    }
    Ok(())
}

async fn note_failure(backend: &Backend, payment: &Payment, failures: i32) -> sqlx::Result<()> {
    if store::fail_refund(&backend.db, payment.id, failures).await? {
        tracing::error!(payment.id = %payment.id, failures, "a refund failed at the card's bank");
    }
    Ok(())
}

/// Notes that Stripe refuses to give the money back: it is asked again after a pause that grows, and what
/// it goes on refusing counts as failed.
async fn note_refusal(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let is_news = store::refuse_refund(&backend.db, payment).await?;
    if is_news && payment.refund_refusals + 1 >= REFUSALS {
        let (from, to) = (PaymentStatus::Refunding, PaymentStatus::RefundFailed);
        store::try_advance(&backend.db, payment.id, &[from], to).await?;
        tracing::error!(payment.id = %payment.id, "Stripe keeps refusing a refund");
    }
    Ok(())
}
