//! Receiving a webhook event: verify, store, and only then acknowledge.

use model::{AppError, Code};
use platform::stripe::StripeSettings;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    event_store,
    signature::{Invalid, check},
};
use crate::{
    Backend, database,
    outbox::{Job, NewRow},
};

/// Why an event was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// Forged, or signed with a secret that is not ours.
    #[error("the signature is missing, or is not Stripe's")]
    Signature,
    /// Signed by Stripe more than five minutes before or after our time: a copy, or a clock that is wrong.
    #[error("the signature is Stripe's, and more than five minutes from this server's time")]
    Age,
    /// Signed, and not an event all the same.
    #[error("the event has no id or type")]
    Unreadable,
    /// An event of Stripe's test mode for live keys, or the other way round.
    #[error("the event is of Stripe's other mode: the keys are for test, or the event is")]
    OtherMode,
    /// The database. Stripe will send it again.
    #[error("the event was not stored")]
    Database(#[from] sqlx::Error),
}

/// What is read of an event. Stripe adds fields and versions; these two every event has had.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// Whether it is about real money.
    livemode: Option<bool>,
}

/// Stores an event as received, with the job that will act on it. A repeated event changes nothing.
///
/// # Errors
///
/// See [`ReceiveError`].
#[tracing::instrument(name = "stripe_event.receive", skip_all, fields(event.id, event.kind))]
#[expect(clippy::disallowed_methods, reason = "Stripe's signature has Stripe's time, and is checked before any query")]
pub async fn receive_event(backend: &Backend, body: &[u8], signature: &str) -> Result<(), ReceiveError> {
    let StripeSettings { webhook_secret, previous_webhook_secret, .. } = backend.stripe.settings();
    let now = OffsetDateTime::now_utc();
    let by = |secret: &SecretString| check(body, signature, secret.expose_secret(), now);
    match (by(webhook_secret), previous_webhook_secret.as_ref().map(by)) {
        (Ok(()), _) | (_, Some(Ok(()))) => {}
        (Err(Invalid::Age), _) | (_, Some(Err(Invalid::Age))) => return Err(ReceiveError::Age),
        (Err(Invalid::Signature), None | Some(Err(Invalid::Signature))) => return Err(ReceiveError::Signature),
    }
    let body = str::from_utf8(body).map_err(|_| ReceiveError::Unreadable)?;
    let event: Envelope = serde_json::from_str(body).map_err(|_| ReceiveError::Unreadable)?;
    let span = tracing::Span::current();
    span.record("event.id", &event.id);
    span.record("event.kind", &event.kind);
    if event.livemode.is_some_and(|is_live| is_live != backend.stripe.settings().is_live()) {
        return Err(ReceiveError::OtherMode);
    }

    let job = Job::HandleStripeEvent { event_id: event.id.clone() };
    event_store::insert(&backend.db, &event.id, &event.kind, body, NewRow::of(&job)).await?;
    Ok(())
}

impl From<ReceiveError> for AppError {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Signature => Code::InvalidSignature.into(),
            ReceiveError::Age => Code::SignatureTooOld.into(),
            ReceiveError::Unreadable => Code::InvalidInput.into(),
            ReceiveError::OtherMode => Code::OtherStripeMode.into(),
            ReceiveError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, TestBackend, WEBHOOK_SECRET, wire};

    const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}"#;

    fn signed(body: &str, secret: &str, age_seconds: i64) -> String {
        stripe_sim::sign(body, secret, testing::now().unix_timestamp() - age_seconds)
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn stores_an_event_once_as_received(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        for _ in 0..2 {
            receive_event(&backend, EVENT.as_bytes(), &signed(EVENT, WEBHOOK_SECRET, 0)).await.expect("receives");
        }
        let stored: Vec<(String, String, String)> =
            sqlx::query_as("SELECT id, type, payload FROM stripe_events").fetch_all(&backend.db).await.expect("reads");
        assert_eq!(stored, [("evt_1".to_owned(), "payment_intent.succeeded".to_owned(), EVENT.to_owned())]);
        assert_eq!(testing::outbox(&backend.db).await.len(), 1, "one job for one event");
    }

    /// Proves that event and job are one statement: in a transaction they are four.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn storing_an_event_takes_one_statement(db: PgPool) {
        let (backend, wire) = wire::counted(&TestBackend::without_stripe(db)).await;
        let receive = async |body: &str| {
            receive_event(&backend, body.as_bytes(), &signed(body, WEBHOOK_SECRET, 0)).await.expect("receives");
        };
        receive(EVENT).await;
        let another = EVENT.replace("evt_1", "evt_2");
        assert_eq!(wire.count(receive(&another)).await.statements, 1, "a new one");
        assert_eq!(wire.count(receive(&another)).await.statements, 1, "a repeated one");
        assert_eq!(testing::outbox(&backend.db).await.len(), 2);
    }

    /// Proves the comparison of modes: without it an event about test money is handled beside real money.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refuses_events_of_the_other_mode(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let live = r#"{"id":"evt_3","type":"charge.refunded","livemode":true}"#;
        let refused = receive_event(&backend, live.as_bytes(), &signed(live, WEBHOOK_SECRET, 0)).await;
        assert!(matches!(refused, Err(ReceiveError::OtherMode)), "{refused:?}");
        let test = live.replace("true", "false");
        receive_event(&backend, test.as_bytes(), &signed(&test, WEBHOOK_SECRET, 0)).await.expect("receives");
    }

    /// An event of a version or a kind that nothing here knows is kept for later.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn keeps_what_it_does_not_know(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let body = r#"{"id":"evt_2","type":"something.new","surprise":[1,2]}"#;
        receive_event(&backend, body.as_bytes(), &signed(body, WEBHOOK_SECRET, 0)).await.expect("receives");
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM stripe_events").await, 1);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refuses_forged_stale_and_unreadable_events(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let good = signed(EVENT, WEBHOOK_SECRET, 0);
        let forged = [
            (EVENT.to_owned(), String::new()),
            (EVENT.to_owned(), "t=1,v1=00".to_owned()),
            (EVENT.to_owned(), signed(EVENT, "whsec_another", 0)),
            (EVENT.replace("pi_1", "pi_2"), good),
        ];
        for (body, signature) in forged {
            let refused = receive_event(&backend, body.as_bytes(), &signature).await;
            assert!(matches!(refused, Err(ReceiveError::Signature)), "{signature}: {refused:?}");
        }
        for age_seconds in [6 * 60, -6 * 60] {
            let refused = receive_event(&backend, EVENT.as_bytes(), &signed(EVENT, WEBHOOK_SECRET, age_seconds)).await;
            assert!(matches!(refused, Err(ReceiveError::Age)), "{age_seconds} s: {refused:?}");
        }
        for body in ["", "{}", "[]", r#"{"id":1,"type":"x"}"#] {
            let refused = receive_event(&backend, body.as_bytes(), &signed(body, WEBHOOK_SECRET, 0)).await;
            assert!(matches!(refused, Err(ReceiveError::Unreadable)), "{body:?}: {refused:?}");
        }
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM stripe_events").await, 0);
        assert!(testing::outbox(&backend.db).await.is_empty());
    }
}
