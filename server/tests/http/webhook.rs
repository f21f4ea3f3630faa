//! `POST /webhooks/stripe`: who is believed, and what is stored.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use axum_test::TestRequest;
use domain::testing::{self, PREVIOUS_WEBHOOK_SECRET, TestBackend, WEBHOOK_SECRET};
use insta::assert_snapshot;
use platform::stripe::{Stripe, StripeSettings};
use sqlx::PgPool;

use crate::{person::Answer, site::Site};

/// What would have been written to standard error.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}"#;

/// Stripe's signature of a body, made that many seconds ago.
fn signed(body: &str, secret: &str, age_s: i64) -> String {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    stripe_sim::sign(body, secret, i64::try_from(now_s).expect("a time") - age_s)
}

fn deliver(site: &Site, body: impl Into<Vec<u8>>, signature: &str) -> TestRequest {
    let delivery =
        site.visitor().server().post("/webhooks/stripe").bytes(body.into().into()).content_type("application/json");
    delivery.add_header("stripe-signature", signature)
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_signed_event_is_stored_once_and_acknowledged(db: PgPool) {
    let site = Site::without_stripe(db);
    for _ in 0..2 {
        let answer = Answer::from(deliver(&site, EVENT, &signed(EVENT, WEBHOOK_SECRET, 0)).await);
        assert_eq!(answer.line(), "204 ");
    }
    let stored: Vec<(String, String)> =
        sqlx::query_as("SELECT id, payload FROM stripe_events").fetch_all(site.db()).await.expect("reads");
    assert_eq!(stored, [("evt_1".to_owned(), EVENT.to_owned())]);
    assert_eq!(testing::outbox(site.db()).await.len(), 1, "one job for one event");
}

/// While an operator puts another secret in place, events are signed with the one before.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_secret_before_is_believed_until_it_is_taken_out(db: PgPool) {
    let before = signed(EVENT, PREVIOUS_WEBHOOK_SECRET, 0);
    let site = Site::without_stripe(db.clone());
    assert_eq!(deliver(&site, EVENT, &before).await.status_code(), 204);
    let mut backend = TestBackend::without_stripe(db);
    let settings = StripeSettings { previous_webhook_secret: None, ..backend.stripe.settings().clone() };
    backend.stripe = Stripe::new(settings).expect("the settings are fine");
    let site = Site::changed(backend, |_| ());
    assert_eq!(deliver(&site, EVENT, &before).await.status_code(), 400);
    assert_eq!(deliver(&site, EVENT, &signed(EVENT, WEBHOOK_SECRET, 0)).await.status_code(), 204);
}

/// A refused event is a warning for whoever runs the site; what it says is nobody's word yet.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_refused_event_is_logged_without_its_body(db: PgPool) {
    let site = Site::without_stripe(db);
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let forged = signed(EVENT, "whsec_guessed", 0);
    let unreadable = signed("payment_intent", WEBHOOK_SECRET, 0);
    let refused: [(&[u8], &str, u16); 4] = [
        (EVENT.as_bytes(), &forged, 400),
        (b"payment_intent", &unreadable, 422),
        (b"payment_intent \xff", &forged, 400),
        (&b"payment_intent ".repeat(100_000), &forged, 413),
    ];
    for (body, signature, status) in refused {
        assert_eq!(deliver(&site, body, signature).await.status_code(), status);
    }
    drop(logging);
    let log = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    assert_eq!(log.matches("a webhook was refused").count(), refused.len(), "{log}");
    for secret in ["payment_intent", "evt_1", WEBHOOK_SECRET, &forged] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// The alert and its label are made of these.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn refused_webhooks_are_counted_by_their_reason(db: PgPool) {
    let site = Site::without_stripe(db);
    let live = r#"{"id":"evt_2","type":"charge.refunded","livemode":true}"#;
    for (body, signature) in [
        (EVENT, signed(EVENT, WEBHOOK_SECRET, 0)),
        (EVENT, signed(EVENT, "whsec_guessed", 0)),
        (EVENT, String::new()),
        (EVENT, signed(EVENT, WEBHOOK_SECRET, 600)),
        (live, signed(live, WEBHOOK_SECRET, 0)),
        ("{}", signed("{}", WEBHOOK_SECRET, 0)),
        (&"x".repeat(1_100_000), String::new()),
    ] {
        deliver(&site, body, &signature).await;
    }
    let text = site.visitor().read("/metrics").await.assert_status(200).body.clone();
    let counted: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("gittix_webhooks_refused_total")).collect();
    for counts in ["signature\"} 2", "age\"} 1", "other_mode\"} 1", "unreadable\"} 1", "body\"} 1"] {
        assert!(counted.iter().any(|line| line.ends_with(counts)), "{counts}: {counted:?}");
    }
}

/// Stripe is another site, and proves itself by its signature.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_keeps_other_sites_out_lets_stripe_in(db: PgPool) {
    let site = Site::without_stripe(db);
    let delivery = deliver(&site, EVENT, &signed(EVENT, WEBHOOK_SECRET, 0));
    let answer = delivery.add_header("origin", "https://evil.example").add_header("sec-fetch-site", "cross-site").await;
    assert_eq!(answer.status_code(), 204);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_stripe_did_not_send_is_not_stored(db: PgPool) {
    let site = Site::without_stripe(db);
    let fresh = signed(EVENT, WEBHOOK_SECRET, 0);
    let forged = [
        (EVENT, String::new()),
        (EVENT, "nonsense".to_owned()),
        (EVENT, "t=1,v1=00".to_owned()),
        (EVENT, signed(EVENT, "whsec_guessed", 0)),
        (EVENT, signed(EVENT, "", 0)),
        (r#"{"id":"evt_2","type":"payment_intent.succeeded"}"#, fresh),
    ];
    for (body, signature) in forged {
        let refused = Answer::from(deliver(&site, body, &signature).await);
        assert_eq!(
            refused.line(),
            r#"400 {"errors":[{"message":"The signature is missing or does not match.","code":"invalid_signature"}]}"#,
            "{signature:?}"
        );
    }
    let unsigned = site.visitor().server().post("/webhooks/stripe").text(EVENT).await;
    assert_eq!(Answer::from(unsigned).refusal(), (400, "invalid_signature".to_owned()));
    // Old enough to be another's copy, or from a clock that is ahead.
    for age_seconds in [10 * 60, -10 * 60] {
        let refused = Answer::from(deliver(&site, EVENT, &signed(EVENT, WEBHOOK_SECRET, age_seconds)).await);
        assert_eq!(refused.refusal(), (400, "signature_too_old".to_owned()), "{age_seconds} s");
    }
    assert_eq!(site.snapshot().await, "");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_no_event_is_not_stored(db: PgPool) {
    let site = Site::without_stripe(db);
    for body in ["", "{}", "[]", r#"{"id":"evt_1"}"#, "not json"] {
        let refused = Answer::from(deliver(&site, body, &signed(body, WEBHOOK_SECRET, 0)).await);
        assert_eq!(refused.refusal(), (422, "invalid_input".to_owned()), "{body:?}");
    }
    let not_text = Answer::from(deliver(&site, [b'"', 0xff, b'"'], &signed(EVENT, WEBHOOK_SECRET, 0)).await);
    // No one has signed it: that comes first.
    assert_eq!(not_text.refusal(), (400, "invalid_signature".to_owned()));
    assert_eq!(site.snapshot().await, "");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_event_may_be_larger_than_a_form_and_no_larger_than_a_mebibyte(db: PgPool) {
    let site = Site::without_stripe(db);
    let event_of = |length: usize| format!(r#"{{"id":"evt_1","type":"large","padding":"{}"}}"#, "x".repeat(length));
    let too_large = event_of(1024 * 1024);
    let refused = Answer::from(deliver(&site, too_large.clone(), &signed(&too_large, WEBHOOK_SECRET, 0)).await);
    assert_snapshot!(refused.line(), @r#"413 {"errors":[{"message":"This request is larger than this address accepts.","code":"body_too_large"}]}"#);
    assert_eq!(site.snapshot().await, "");
    let large = event_of(1_000_000);
    assert_eq!(deliver(&site, large.clone(), &signed(&large, WEBHOOK_SECRET, 0)).await.status_code(), 204);
}
