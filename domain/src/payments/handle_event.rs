//! Handling a stored webhook event.

use model::PaymentId;
use serde::Deserialize;

use super::{
    adopt::{AdoptError, adopt},
    decline, dispute_record,
    error::ReconcileError,
    event_store, fraud_warnings,
    reconcile::follow,
    store,
};
use crate::Backend;

/// The event of each card that is declined.
const DECLINED: &str = "charge.failed";

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
    let (subject, mut found) = (Subject::of(&event.kind), false);
    if let Some(intent_id) = intent_of(&event.payload) {
        let payment = match store::find_by_intent(&backend.db, &intent_id).await? {
            Some(payment) => Some(payment),
            None => adopt(backend, &intent_id).await.map_err(HandleError::Adopt)?,
        };
        if let Some(payment) = payment {
            follow(backend, payment).await.map_err(HandleError::Reconcile)?;
            if event.kind == DECLINED {
                decline::count(backend, payment).await.map_err(HandleError::Reconcile)?;
            }
        }
        if let (Some(payment), Some(subject)) = (payment, subject) {
            read_more(backend, payment, subject).await.map_err(HandleError::Reconcile)?;
        }
        found = payment.is_some();
    }
    let is_read = match subject {
        Some(Subject::Payment) => true,
        // Of a payment that is not known here, nothing was read.
        Some(Subject::Dispute | Subject::FraudWarning) => found,
        None => false,
    };
    event_store::mark_handled(&backend.db, id, !is_read).await?;
    Ok(())
}

/// What an event of a kind that this version acts on is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Reading the intent and its refunds does all that it asks for.
    Payment,
    /// The disputes of the payment are read, too.
    Dispute,
    /// The early fraud warnings about the payment are read, too.
    FraudWarning,
}

impl Subject {
    /// `None` for a kind that nothing acts on. Its payload says what nothing here has read: it is kept for a version that
    /// does.
    fn of(kind: &str) -> Option<Self> {
        match kind.rsplit_once('.')?.0 {
            "payment_intent" | "refund" | "charge" | "charge.refund" => Some(Self::Payment),
            "charge.dispute" => Some(Self::Dispute),
            "radar.early_fraud_warning" => Some(Self::FraudWarning),
            _ => None,
        }
    }
}

/// Reads what reconciling a payment does not.
async fn read_more(backend: &Backend, payment: PaymentId, subject: Subject) -> Result<(), ReconcileError> {
    match subject {
        Subject::Payment => Ok(()),
        Subject::Dispute => dispute_record::follow(backend, payment).await,
        Subject::FraudWarning => fraud_warnings::follow(backend, payment).await,
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
            assert_eq!(Subject::of(kind), Some(Subject::Payment), "{kind}");
        }
        for kind in ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"] {
            assert_eq!(Subject::of(kind), Some(Subject::Dispute), "{kind}");
        }
        assert_eq!(Subject::of("radar.early_fraud_warning.created"), Some(Subject::FraudWarning));
        for kind in ["payout.failed", "review.opened", "a", ""] {
            assert_eq!(Subject::of(kind), None, "{kind}");
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
