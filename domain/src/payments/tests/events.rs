//! Webhook events, in every order and number.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::*;
use crate::{
    payments::{handle_event::handle_event, receive_event::receive_event, start::start, sweep::sweep},
    testing::{DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET, newest_intent, pay_with},
};

impl Purchase {
    /// Stripe tells of the newest intent: something happened to it. What, the event may say wrongly.
    async fn webhook(&self, id: &str, kind: &str) {
        let intent = newest_intent(&self.backend, self.order).await;
        let body = format!(
            r#"{{"id":"{id}","object":"event","type":"{kind}","data":{{"object":{{"id":"{intent}","object":"payment_intent"}}}}}}"#
        );
        let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, OffsetDateTime::now_utc().unix_timestamp());
        receive_event(&self.backend, &body, &signature).await.expect("receives");
    }

    async fn unhandled_events(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM stripe_events WHERE handled_at IS NULL").await
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_event_completes_the_order_and_once_only(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    purchase.assert_complete().await;
    assert_eq!(purchase.unhandled_events().await, 0);

    let settled = testing::snapshot(&purchase.backend.db).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, settled, "a repeated event changes nothing");
}

/// An event says what was, not what is: only the intent's present state counts.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn late_and_misleading_events_change_nothing(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.webhook("evt_1", "payment_intent.succeeded").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment, "nobody has paid");

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_2", "payment_intent.payment_failed").await;
    handle_event(&purchase.backend, "evt_2").await.expect("handles");
    purchase.assert_complete().await;
    purchase.webhook("evt_3", "payment_intent.canceled").await;
    handle_event(&purchase.backend, "evt_3").await.expect("handles");
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_event_notes_a_decline(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    purchase.webhook("evt_1", "payment_intent.payment_failed").await;
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Declined]);
}

/// An event whose handling fails stays unhandled, and the sweep comes back to it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_event_that_failed_is_taken_up_again(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.webhook("evt_1", "payment_intent.amount_capturable_updated").await;
    purchase.simulator.set_faults(stripe_sim::Faults { fail_next: 1, ..Default::default() });
    handle_event(&purchase.backend, "evt_1").await.expect_err("Stripe did not answer");
    assert_eq!(purchase.unhandled_events().await, 1);
    assert!(sweep(&purchase.backend).await.expect("sweeps").events.is_empty(), "the queue still has its turn");

    testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_secs(31)).await;
    assert_eq!(sweep(&purchase.backend).await.expect("sweeps").events.len(), 1);
    assert_eq!(purchase.unhandled_events().await, 0);
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn events_of_others_are_put_away(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    for (id, object) in [
        ("evt_1", r#"{"id":"pi_unknown","object":"payment_intent"}"#),
        ("evt_2", r#"{"id":"cus_1","object":"customer"}"#),
    ] {
        let body = format!(r#"{{"id":"{id}","object":"event","type":"x","data":{{"object":{object}}}}}"#);
        let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, OffsetDateTime::now_utc().unix_timestamp());
        receive_event(&backend, &body, &signature).await.expect("receives");
        handle_event(&backend, id).await.expect("handles");
    }
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM stripe_events WHERE handled_at IS NULL").await, 0);
}
