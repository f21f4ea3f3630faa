//! Handling a stored webhook event.

use serde::Deserialize;

use super::{
    adopt::{AdoptError, adopt},
    error::ReconcileError,
    event_store,
    reconcile::{IfUnpaid, reconcile},
    store,
};
use crate::Backend;

/// Why an event was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// Reconciling the payment failed.
    #[error("the payment did not reach a result")]
    Reconcile(#[source] ReconcileError),
    /// Adopting an attempt that the database does not have failed.
    #[error("the lost attempt was not adopted")]
    Adopt(#[source] AdoptError),
    /// A query that reads the event or marks it as handled failed.
    #[error("the event was not read or marked")]
    Database(#[from] sqlx::Error),
}

/// The part of an event that names its object.
#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    #[serde(rename = "object")]
    kind: Option<String>,
    /// The intent of a charge or a refund.
    payment_intent: Option<String>,
}

/// Handles an event: its payment is reconciled with the current state at Stripe, whatever the event says.
/// The result is the same when events are repeated or out of order.
///
/// # Errors
///
/// Each variant of [`HandleError`] is one reason. The event stays unhandled, and is retried.
#[tracing::instrument(name = "stripe_event.handle", skip_all, fields(event.id = id))]
pub async fn handle_event(backend: &Backend, id: &str) -> Result<(), HandleError> {
    let Some(event) = event_store::unhandled(&backend.db, id).await? else {
        return Ok(());
    };
    if let Some(intent_id) = intent_of(&event.payload) {
        let known = store::find_by_intent(&backend.db, &intent_id).await?;
        let payment = match known {
            Some(payment) => Some(payment),
            None => adopt(backend, &intent_id).await.map_err(HandleError::Adopt)?,
        };
        if let Some(payment) = payment {
            reconcile(backend, payment, IfUnpaid::Wait).await.map_err(HandleError::Reconcile)?;
        }
        if let (None, Some(payment)) = (known, payment) {
            // The adopted payment may have been refunded since.
            reconcile(backend, payment, IfUnpaid::Wait).await.map_err(HandleError::Reconcile)?;
        }
    }
    event_store::mark_handled(&backend.db, id, !is_acted_on(&event.kind)).await?;
    Ok(())
}

/// Whether reading the intent and its refunds does all that an event of this kind asks for. The payload of any other, such
/// as a dispute, says what nothing here has read: it is kept for a version that does.
fn is_acted_on(kind: &str) -> bool {
    match kind.rsplit_once('.') {
        Some(("payment_intent" | "refund" | "charge" | "charge.refund", _)) => true,
        Some(_) | None => false,
    }
}

/// The intent that an event is about, if any.
fn intent_of(payload: &str) -> Option<String> {
    let Event { data: Data { object } } = serde_json::from_str(payload).ok()?;
    if object.kind.as_deref() == Some("payment_intent") { object.id } else { object.payment_intent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_at_stripe_is_acted_on() {
        for kind in ["payment_intent.succeeded", "charge.refunded", "charge.refund.updated", "refund.failed"] {
            assert!(is_acted_on(kind), "{kind}");
        }
        for kind in ["charge.dispute.created", "radar.early_fraud_warning.created", "payout.failed", "a", ""] {
            assert!(!is_acted_on(kind), "{kind}");
        }
    }

    #[test]
    fn intent_of_finds_the_intent() {
        let event = |object: &str| format!(r#"{{"id":"evt_1","data":{{"object":{object}}}}}"#);
        assert_eq!(intent_of(&event(r#"{"object":"payment_intent","id":"pi_1"}"#)).as_deref(), Some("pi_1"));
        assert_eq!(
            intent_of(&event(r#"{"object":"charge","id":"ch_1","payment_intent":"pi_1"}"#)).as_deref(),
            Some("pi_1")
        );
        assert_eq!(
            intent_of(&event(r#"{"object":"refund","id":"re_1","payment_intent":"pi_1"}"#)).as_deref(),
            Some("pi_1")
        );
        assert_eq!(intent_of(&event(r#"{"object":"customer","id":"cus_1"}"#)), None);
        assert_eq!(intent_of("{}"), None);
    }
}
