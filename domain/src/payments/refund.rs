//! Refunds of captured money: the tickets could not be delivered, the operator refunded the payment or a part of it at
//! Stripe, or an earlier refund failed.

use platform::stripe::{CreateRefund, StripeError};

use super::{
    PaymentStatus, dispute_store,
    error::ReconcileError,
    refund_record::record,
    refund_store::{self, RefundCause},
    standing::Standing,
    store::{self, Payment},
};
use crate::Backend;
use model::{Money, PaymentId};

/// Refusals by Stripe after which a refund counts as failed: with the backoff, after half an hour.
const REFUSALS: i32 = 5;

/// Reads the refunds of a payment at Stripe, stores what is new, and asks for a refund if one is due.
pub(super) async fn follow(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else { return Ok(()) };
    let Some((payment, standing)) = look(backend, payment, intent_id).await? else { return Ok(()) };
    let is_running = matches!(payment.status, PaymentStatus::Refunding | PaymentStatus::PartRefunding);
    match standing {
        Standing::Owed { cents, .. } if is_running && !payment.refund_backs_off => {
            if dispute_store::holds_refunds(&backend.db, payment.id).await? {
                // Stripe refuses until the bank has decided: then what is left to refund follows from its decision.
                refund_store::hold(&backend.db, payment.id).await?;
                return Ok(());
            }
            ask_for(backend, &payment, intent_id, Money::usd(cents)).await?;
            look(backend, &payment, intent_id).await?;
            Ok(())
        }
        // After a failure the sweep tries again, or the operator does.
        Standing::Owed { .. } | Standing::Kept | Standing::Part | Standing::UnderWay { .. } | Standing::Whole => Ok(()),
    }
}

/// The same for a payment that was found to be undeliverable.
pub(super) async fn begin(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    match store::find(&backend.db, id).await? {
        Some(payment) => follow(backend, &payment).await,
        None => Ok(()),
    }
}

async fn look(
    backend: &Backend,
    payment: &Payment,
    intent_id: &str,
) -> Result<Option<(Payment, Standing)>, ReconcileError> {
    let refunds = backend.stripe.refunds(intent_id).await.map_err(ReconcileError::Stripe)?;
    if refunds.is_empty() && payment.status == PaymentStatus::Captured {
        return Ok(None);
    }
    Ok(record(backend, payment, &refunds).await?)
}

/// Asks Stripe to refund what is owed.
async fn ask_for(backend: &Backend, payment: &Payment, intent_id: &str, amount: Money) -> Result<(), ReconcileError> {
    let cause = if payment.refund_failures > 0 { RefundCause::Retry } else { RefundCause::Undeliverable };
    let call = format!("refund-{}", payment.refund_keys_used);
    let idempotency_key = payment.idempotency_key(&call);
    let create = CreateRefund { payment: payment.id, intent_id, amount, cause: cause.code(), idempotency_key };
    let Err(error) = backend.stripe.refund(create).await else { return Ok(()) };
    match error {
        StripeError::Failed(_) => {
            refund_store::use_up_refund_key(&backend.db, payment).await?;
        }
        StripeError::Refused(_) => note_refusal(backend, payment).await?,
        StripeError::MovedOn | StripeError::Unavailable(_) | StripeError::Crowded => {}
    }
    Err(ReconcileError::Stripe(error))
}

/// Stores that Stripe refused the refund: it is retried with backoff, and counts as failed after too many
/// refusals.
async fn note_refusal(backend: &Backend, payment: &Payment) -> sqlx::Result<()> {
    let is_news = refund_store::refuse_refund(&backend.db, payment).await?;
    if is_news && payment.refund_refusals + 1 >= REFUSALS {
        for (from, to) in [
            (PaymentStatus::Refunding, PaymentStatus::RefundFailed),
            (PaymentStatus::PartRefunding, PaymentStatus::PartRefundFailed),
        ] {
            store::try_advance(&backend.db, payment.id, &[from], to).await?;
        }
        tracing::error!(payment.id = %payment.id, "Stripe keeps refusing a refund");
    }
    Ok(())
}
