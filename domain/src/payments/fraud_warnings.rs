//! Early fraud warnings: a card's network expects a dispute of a payment.

use model::PaymentId;
use time::OffsetDateTime;

use super::{error::ReconcileError, fraud_warning_store, store};
use crate::Backend;

/// Reads the early fraud warnings about a payment at Stripe and stores what is new. They move no money: the operator
/// decides whether to refund the payment before it is disputed.
pub(super) async fn follow(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    let Some(payment) = store::find(&backend.db, id).await? else { return Ok(()) };
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else { return Ok(()) };
    for warning in backend.stripe.fraud_warnings(intent_id).await.map_err(ReconcileError::Stripe)? {
        let made_at = OffsetDateTime::from_unix_timestamp(warning.created_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        if fraud_warning_store::store(&backend.db, id, &warning, made_at).await? {
            tracing::warn!(payment.id = %id, warning.is_actionable, "a card's network warns of fraud");
        }
    }
    Ok(())
}
