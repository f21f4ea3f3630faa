//! Acting on a stored webhook event.

use serde::Deserialize;

use super::{
    adopt::{AdoptError, adopt},
    error::ReconcileError,
    reconcile::{IfUnpaid, reconcile},
    store,
};
use crate::Backend;

/// Why an event has not been acted on yet.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The payment.
    #[error("the payment was not settled")]
    Reconcile(#[source] ReconcileError),
    /// The attempt, of which the database knew nothing.
    #[error("the lost attempt was not taken up")]
    Adopt(#[source] AdoptError),
    /// The database.
    #[error("the event was not read or marked")]
    Database(#[from] sqlx::Error),
}

/// The part of an event that names what it is about.
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
    /// Charges and refunds name their intent.
    payment_intent: Option<String>,
}

/// Acts on an event: the payment it is about is brought in line with Stripe's present state,
/// whatever the event says of it. Run again, or out of order, it comes to the same end.
///
/// # Errors
///
/// See [`HandleError`]. The event then stays unhandled, for the next try.
#[tracing::instrument(name = "stripe_event.handle", skip_all, fields(event.id = id))]
pub async fn handle_event(backend: &Backend, id: &str) -> Result<(), HandleError> {
    let Some(payload) = store::unhandled_event(&backend.db, id).await? else {
        return Ok(());
    };
    if let Some(intent_id) = intent_of(&payload) {
        let known = store::find_by_intent(&backend.db, &intent_id).await?;
        let payment = match known {
            Some(payment) => Some(payment),
            None => adopt(backend, &intent_id).await.map_err(HandleError::Adopt)?,
        };
        if let Some(payment) = payment {
            reconcile(backend, payment, IfUnpaid::Wait).await.map_err(HandleError::Reconcile)?;
        }
        if let (None, Some(payment)) = (known, payment) {
            // What was lost may have been given back since.
            reconcile(backend, payment, IfUnpaid::Wait).await.map_err(HandleError::Reconcile)?;
        }
    }
    store::mark_event_handled(&backend.db, id).await?;
    Ok(())
}

/// The intent that an event is about, if it is about one.
fn intent_of(payload: &str) -> Option<String> {
    let Event { data: Data { object } } = serde_json::from_str(payload).ok()?;
    if object.kind.as_deref() == Some("payment_intent") { object.id } else { object.payment_intent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_intent_in_what_names_one() {
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
