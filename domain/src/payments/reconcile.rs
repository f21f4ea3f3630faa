//! Reconciling a payment with its intent at Stripe.
//!
//! Webhooks, sweeps, timers and the buyer's own page all call this. Each run reads the intent's current
//! state and takes the one step that follows from it, so that repeated, late and reordered runs have the
//! same result. No row lock and no connection is held during a call to Stripe.

use model::{PaymentId, orders::OrderEventKind};
use platform::stripe::{Intent, IntentState, StripeError};

use super::{
    PaymentStatus,
    capture::{self, Claim},
    decline,
    error::ReconcileError,
    refund, refusals,
    store::{self, Payment},
};
use crate::{Backend, orders};

/// The most polls of an intent that keeps changing.
const LOOKS: usize = 4;

/// What to do with an intent that is not authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnpaid {
    /// Leave it open while its order is open.
    Wait,
    /// Close it: the order's lock has expired.
    Close,
}

/// Reconciles a payment with its intent. Once begun, the step runs to its end, even if this future is
/// dropped: it may have captured money.
///
/// # Errors
///
/// Each variant of [`ReconcileError`] is one reason. The next run continues where this one stopped.
#[tracing::instrument(name = "payment.reconcile", skip_all, fields(payment.id = %id))]
pub async fn reconcile(backend: &Backend, id: PaymentId, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    backend.payment_steps.run(step(backend.clone(), id, if_unpaid)).await
}

/// The same for an event, which may be about a refund of money that was not known to be taken: of a payment that turns out
/// to be captured, the refunds are read, too.
pub(crate) async fn follow(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    let was_captured = has_captured(backend, id).await?;
    reconcile(backend, id, IfUnpaid::Wait).await?;
    if was_captured || !has_captured(backend, id).await? {
        return Ok(());
    }
    reconcile(backend, id, IfUnpaid::Wait).await
}

async fn has_captured(backend: &Backend, id: PaymentId) -> sqlx::Result<bool> {
    Ok(store::find(&backend.db, id).await?.is_some_and(|payment| payment.status.has_captured()))
}

async fn step(backend: Backend, id: PaymentId, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    for _ in 0..LOOKS {
        let Some(payment) = store::find(&backend.db, id).await? else {
            return Ok(());
        };
        if payment.backs_off && payment.status.is_live() {
            return Err(ReconcileError::BacksOff);
        }
        match look(&backend, &payment, if_unpaid).await {
            Err(ReconcileError::Stripe(StripeError::MovedOn)) => {}
            outcome => {
                refusals::note(&backend, &payment, &outcome).await?;
                return outcome;
            }
        }
    }
    Err(ReconcileError::Unsteady)
}

/// Polls the intent once and takes the step that follows.
async fn look(backend: &Backend, payment: &Payment, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    if payment.status.has_captured() {
        return refund::follow(backend, payment).await;
    }
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else {
        return without_intent(backend, payment, if_unpaid).await;
    };
    let Some(intent) = backend.stripe.find_intent(intent_id).await.map_err(ReconcileError::Stripe)? else {
        return unknown(backend, payment).await;
    };
    match (intent.state, payment.status.is_live()) {
        (IntentState::Captured, _) => capture::finalize(backend, payment, intent.received_cents).await,
        (IntentState::Authorised, true) => authorised(backend, payment, &intent).await,
        // The attempt is declined or closed here, and was authorised all the same, from another window:
        // it is voided.
        (IntentState::Authorised | IntentState::AwaitingCard | IntentState::Declined | IntentState::Busy, false) => {
            close(backend, payment, &intent).await
        }
        (IntentState::Declined, true) => declined(backend, payment, &intent).await,
        (IntentState::DeclinedAndCancelled, true) => decline::record(backend, payment).await,
        (IntentState::AwaitingCard | IntentState::Busy, true) => {
            if if_unpaid == IfUnpaid::Close || !order_is_live(backend, payment).await? {
                close(backend, payment, &intent).await?;
            }
            Ok(())
        }
        // The attempt was claimed after its authorisation: a lost answer to its closing changes nothing
        // about it.
        (IntentState::Cancelled | IntentState::DeclinedAndCancelled, _) => {
            let voided = (payment.status == PaymentStatus::Capturing).then_some(OrderEventKind::Voided);
            closed(backend, payment, voided).await
        }
    }
}

/// The last card was declined. The intent is closed first, because an attempt that is stored as declined is not polled
/// again. Another window may have had a card authorised meanwhile: that one is voided, and is no declined card.
async fn declined(backend: &Backend, payment: &Payment, intent: &Intent) -> Result<(), ReconcileError> {
    let closed_now = backend.stripe.cancel(&intent.id).await.map_err(ReconcileError::Stripe)?;
    if closed_now.state == IntentState::DeclinedAndCancelled {
        return decline::record(backend, payment).await;
    }
    closed(backend, payment, Some(OrderEventKind::Voided)).await
}

/// The row is committed, and no answer of Stripe's is stored: the call is running, or its process died.
/// The browser has no secret, so no one can pay; `start` continues the attempt when it is called again.
async fn without_intent(backend: &Backend, payment: &Payment, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    if if_unpaid == IfUnpaid::Close || !order_is_live(backend, payment).await? {
        closed(backend, payment, None).await?;
    }
    Ok(())
}

/// Stripe does not know the intent: the keys are another account's. If no capture was begun, nothing is
/// taken and nothing can be: the attempt is closed, and its order ends by its lock. Otherwise money may be
/// taken, and the attempt waits for the right keys or for a person.
async fn unknown(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    if payment.status == PaymentStatus::Capturing {
        return Err(ReconcileError::UnknownIntent);
    }
    tracing::warn!(payment.id = %payment.id, "Stripe does not know the intent of an attempt: it is closed");
    closed(backend, payment, None).await
}

/// The money is authorised: capture it if the order can have the ticket, void it if not.
async fn authorised(backend: &Backend, payment: &Payment, intent: &Intent) -> Result<(), ReconcileError> {
    match capture::claim(backend, payment).await? {
        Claim::Secured => {
            let captured = backend.stripe.capture(&intent.id).await.map_err(ReconcileError::Stripe)?;
            capture::finalize(backend, payment, captured.received_cents).await
        }
        Claim::TicketsAreGone => close(backend, payment, intent).await,
    }
}

/// Closes the intent at Stripe, then stores that.
async fn close(backend: &Backend, payment: &Payment, intent: &Intent) -> Result<(), ReconcileError> {
    backend.stripe.cancel(&intent.id).await.map_err(ReconcileError::Stripe)?;
    let voided = (intent.state == IntentState::Authorised).then_some(OrderEventKind::Voided);
    closed(backend, payment, voided).await
}

/// Stores that nothing is open at Stripe.
async fn closed(backend: &Backend, payment: &Payment, what: Option<OrderEventKind>) -> Result<(), ReconcileError> {
    store::close(&backend.db, payment.id, what).await?;
    Ok(())
}

async fn order_is_live(backend: &Backend, payment: &Payment) -> Result<bool, ReconcileError> {
    let order = orders::store::find(&backend.db, payment.order_id).await?;
    Ok(order.is_some_and(|order| order.is_live()))
}
