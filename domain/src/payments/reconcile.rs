//! Bringing a payment in line with what Stripe says of it.
//!
//! Webhooks, sweeps, timers and the buyer's own page all end here. Each run reads the intent's
//! present state and takes the one step that follows from it, so that repeated, late and
//! reordered runs come to the same end. No row lock and no connection is held while Stripe is
//! asked.

use model::{PaymentId, orders::Happening};
use platform::stripe::{Intent, IntentState, StripeError};

use super::{
    PaymentStatus,
    capture::{self, Claim},
    decline,
    error::ReconcileError,
    refund,
    store::{self, Payment},
};
use crate::{Backend, orders};

/// Looks at an intent that keeps changing under the look, at most.
const LOOKS: usize = 4;

/// What to do with an intent that nobody has authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnpaid {
    /// Leave it open while its order is.
    Wait,
    /// Close it: the order's time has run out.
    Close,
}

/// Brings a payment in line with its intent.
///
/// # Errors
///
/// See [`ReconcileError`]. Running it again goes on where it stopped.
#[tracing::instrument(name = "payment.reconcile", skip_all, fields(payment.id = %id))]
pub async fn reconcile(backend: &Backend, id: PaymentId, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    for _ in 0..LOOKS {
        let Some(payment) = store::find(&backend.db, id).await? else {
            return Ok(());
        };
        match look(backend, &payment, if_unpaid).await {
            Ok(()) => return Ok(()),
            Err(ReconcileError::Stripe(StripeError::MovedOn)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ReconcileError::Unsteady)
}

/// One look at the intent, and the step that follows from it.
async fn look(backend: &Backend, payment: &Payment, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    match payment.status {
        PaymentStatus::Refunded => return Ok(()),
        PaymentStatus::Captured | PaymentStatus::Refunding | PaymentStatus::RefundFailed => {
            return refund::follow(backend, payment).await;
        }
        PaymentStatus::Starting
        | PaymentStatus::Open
        | PaymentStatus::Capturing
        | PaymentStatus::Declined
        | PaymentStatus::Cancelled => {}
    }
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else {
        return without_intent(backend, payment, if_unpaid).await;
    };
    let intent = backend.stripe.intent(intent_id).await.map_err(ReconcileError::Stripe)?;
    match (intent.state, payment.status.is_live()) {
        (IntentState::Captured, _) => capture::settle(backend, payment).await,
        (IntentState::Authorised, true) => authorised(backend, payment, &intent).await,
        // Declined or closed here, and authorised all the same, from another window: let go of it.
        (IntentState::Authorised | IntentState::AwaitingCard | IntentState::Declined | IntentState::Busy, false) => {
            close(backend, payment, &intent).await
        }
        (IntentState::Declined, true) => {
            // Closed first: an attempt that is noted as declined is looked at no more.
            backend.stripe.cancel(&intent.id).await.map_err(ReconcileError::Stripe)?;
            decline::record(backend, payment).await
        }
        (IntentState::DeclinedAndCancelled, true) => decline::record(backend, payment).await,
        (IntentState::AwaitingCard | IntentState::Busy, true) => {
            if if_unpaid == IfUnpaid::Close || !order_is_live(backend, payment).await? {
                close(backend, payment, &intent).await?;
            }
            Ok(())
        }
        // Claimed once it was authorised: that the answer to its closing was lost takes nothing from it.
        (IntentState::Cancelled | IntentState::DeclinedAndCancelled, _) => {
            let voided = (payment.status == PaymentStatus::Capturing).then_some(Happening::Voided);
            closed(backend, payment, voided).await
        }
    }
}

/// The row was committed, and no answer of Stripe's recorded: the call is under way, or its process
/// died. The browser has no secret, so nobody can pay; asked again, `start` goes on with it.
async fn without_intent(backend: &Backend, payment: &Payment, if_unpaid: IfUnpaid) -> Result<(), ReconcileError> {
    if if_unpaid == IfUnpaid::Close || !order_is_live(backend, payment).await? {
        closed(backend, payment, None).await?;
    }
    Ok(())
}

/// The money is set aside: take it if the ticket is the buyer's to have, let go of it if not.
async fn authorised(backend: &Backend, payment: &Payment, intent: &Intent) -> Result<(), ReconcileError> {
    match capture::claim(backend, payment).await? {
        Claim::Secured => {
            backend.stripe.capture(&intent.id).await.map_err(ReconcileError::Stripe)?;
            capture::settle(backend, payment).await
        }
        Claim::TicketIsGone => close(backend, payment, intent).await,
    }
}

/// Closes the intent at Stripe, then notes it.
async fn close(backend: &Backend, payment: &Payment, intent: &Intent) -> Result<(), ReconcileError> {
    backend.stripe.cancel(&intent.id).await.map_err(ReconcileError::Stripe)?;
    let voided = (intent.state == IntentState::Authorised).then_some(Happening::Voided);
    closed(backend, payment, voided).await
}

/// Notes that nothing is open at Stripe any more.
async fn closed(backend: &Backend, payment: &Payment, what: Option<Happening>) -> Result<(), ReconcileError> {
    store::close(&backend.db, payment.id, what).await?;
    Ok(())
}

async fn order_is_live(backend: &Backend, payment: &Payment) -> Result<bool, ReconcileError> {
    let order = orders::store::find(&backend.db, payment.order_id).await?;
    Ok(order.is_some_and(|order| order.is_live()))
}
