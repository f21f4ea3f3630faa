//! Webhook events, repeated and out of order.

use sqlx::PgPool;

use super::*;
use crate::{
    payments::{handle_event::handle_event, purge::purge, receive_event::receive_event, sweep::sweep},
    testing::{DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET, newest_intent, pay_with},
};

/// How long an event is left to the queue, and a little more.
const HALF_A_MINUTE: std::time::Duration = std::time::Duration::from_secs(31);

impl Purchase {
    /// Stripe sends an event about the newest intent. Its kind may be misleading.
    async fn webhook(&self, id: &str, kind: &str) {
        let intent = newest_intent(&self.backend, self.order).await;
        self.event_arrives(id, kind, &intent).await;
    }

    /// The same for any intent.
    pub(super) async fn event_arrives(&self, id: &str, kind: &str, intent: &str) {
        let body = format!(
            r#"{{"id":"{id}","object":"event","type":"{kind}","data":{{"object":{{"id":"{intent}","object":"payment_intent"}}}}}}"#
        );
        let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, testing::now().unix_timestamp());
        receive_event(&self.backend, body.as_bytes(), &signature).await.expect("receives");
    }

    async fn unhandled_events(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM stripe_events WHERE handled_at IS NULL").await
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn event_completes_the_order_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    purchase.assert_complete().await;
    assert_eq!(purchase.unhandled_events().await, 0);

    let before = testing::snapshot(&purchase.backend.db).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before, "a repeated event changes nothing");
}

/// A payload has personal data of the card's owner, and the secret that lets a browser pay.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn payload_is_kept_until_event_is_handled(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    let kept = async || -> Vec<(String, String)> {
        let kept = sqlx::query_as("SELECT type, payload FROM stripe_events");
        kept.fetch_all(&purchase.backend.db).await.expect("reads")
    };
    purchase.simulator.set_faults(stripe_sim::Faults { fail_next: 1, ..Default::default() });
    handle_event(&purchase.backend, "evt_1").await.expect_err("Stripe did not answer");
    assert!(kept().await[0].1.contains("payment_intent"), "the retry reads it");
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(kept().await, [("payment_intent.amount_capturable_updated".to_owned(), "{}".to_owned())]);
}

/// Nothing acts on a review or a changed card, so nothing erases what they say.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn payload_of_a_kind_that_nothing_acts_on_is_kept(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    for (id, kind) in [("evt_1", "review.opened"), ("evt_2", "payment_method.updated")] {
        purchase.webhook(id, kind).await;
        handle_event(&purchase.backend, id).await.expect("handles");
    }
    assert_eq!(purchase.unhandled_events().await, 0);
    let kept = "SELECT count(*) FROM stripe_events WHERE payload LIKE '%payment_intent%'";
    testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_hours(24 * 400)).await;
    purge(&purchase.backend).await.expect("purges");
    assert_eq!(testing::count(&purchase.backend.db, kept).await, 2);
}

/// An event may be out of date: only the intent's current state counts.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn late_and_misleading_events_change_nothing(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.webhook("evt_1", "payment_intent.succeeded").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment, "no payment was made");

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_2", "payment_intent.payment_failed").await;
    handle_event(&purchase.backend, "evt_2").await.expect("handles");
    purchase.assert_complete().await;
    purchase.webhook("evt_3", "payment_intent.canceled").await;
    handle_event(&purchase.backend, "evt_3").await.expect("handles");
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn event_stores_a_decline(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    purchase.webhook("evt_1", "payment_intent.payment_failed").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Declined]);
}

/// An event whose handling fails stays unhandled, and the sweep retries it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn failed_event_is_retried(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    purchase.simulator.set_faults(stripe_sim::Faults { fail_next: 1, ..Default::default() });
    handle_event(&purchase.backend, "evt_1").await.expect_err("Stripe did not answer");
    assert_eq!(purchase.unhandled_events().await, 1);
    assert!(sweep(&purchase.backend).await.expect("sweeps").events.is_empty(), "the event is still left to the queue");

    testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_secs(31)).await;
    assert_eq!(sweep(&purchase.backend).await.expect("sweeps").events.len(), 1);
    assert_eq!(purchase.unhandled_events().await, 0);
    purchase.assert_complete().await;
}

/// More events that always fail than one batch of the sweep has, and one event behind them.
///
/// Proves the order in which events are taken, and the backoff: without the order the newest event is
/// never handled; without the backoff the failing events call Stripe again and again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn failing_events_do_not_block_others(db: PgPool) {
    const FAILING: i64 = 120;
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    // A capture was begun, and Stripe does not know the intent.
    let other = testing::lock_one(
        &purchase.backend,
        purchase.bob,
        testing::listing(&purchase.backend, purchase.ana).await,
        PRICE,
    );
    let other = other.await.expect("locks");
    sqlx::query("INSERT INTO payments (id, order_id, attempt, status, stripe_intent_id, amount_cents, currency) VALUES ($1, $1, 1, 'capturing', 'pi_lost', 4950, 'usd')")
        .bind(other.as_uuid())
        .execute(&purchase.backend.db)
        .await
        .expect("a payment");
    sqlx::query(
        r#"INSERT INTO stripe_events (id, type, payload)
        SELECT 'evt_lost_' || n, 'a', '{"data":{"object":{"object":"payment_intent","id":"pi_lost"}}}' FROM generate_series(1, $1) n"#,
    )
    .bind(FAILING)
    .execute(&purchase.backend.db)
    .await
    .expect("events");
    testing::let_time_pass(&purchase.backend.db, HALF_A_MINUTE).await;
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    testing::let_time_pass(&purchase.backend.db, HALF_A_MINUTE).await;

    let sweep = async || sweep(&purchase.backend).await.expect("sweeps").events.len();
    let taken = sweep().await + sweep().await;
    assert_eq!(taken, 121, "each once");
    purchase.assert_complete().await;
    assert_eq!(purchase.unhandled_events().await, FAILING);
    // A failed event is retried a minute later, then two, then four …
    let mut tried_after = Vec::new();
    for minute in 1..=30 {
        testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_mins(1)).await;
        if sweep().await > 0 {
            sweep().await;
            tried_after.push(minute);
        }
    }
    assert_eq!(tried_after, [1, 3, 7, 15]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn foreign_events_are_marked_as_handled(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    for (id, object) in [
        ("evt_1", r#"{"id":"pi_unknown","object":"payment_intent"}"#),
        ("evt_2", r#"{"id":"cus_1","object":"customer"}"#),
    ] {
        let body = format!(r#"{{"id":"{id}","object":"event","type":"x","data":{{"object":{object}}}}}"#);
        let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, testing::now().unix_timestamp());
        receive_event(&backend, body.as_bytes(), &signature).await.expect("receives");
        handle_event(&backend, id).await.expect("handles");
    }
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM stripe_events WHERE handled_at IS NULL").await, 0);
}

/// The answer to the capture was lost, and the operator is quick: the event of the refund is the first to tell that the
/// money was taken, and it reads the refund, too.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_of_an_unheard_capture_is_read_with_it(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    testing::capture(&purchase.backend, &intent).await;
    testing::refund(&purchase.backend, &intent, Some(2000)).await;
    purchase.webhook("evt_1", "charge.refunded").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(purchase.status().await, OrderStatus::PartlyRefunded);
    assert_eq!(purchase.refunded().await, Some(Money::usd(2000)));
}
