//! Knobs that break things.

use serde_json::{Value, json};
use std::time::Duration;
use stripe_sim::{Config, Faults};

use crate::support::{Shop, eventually, only};

#[tokio::test]
async fn knobs_are_shown_changed_and_reset() {
    let shop = Shop::open().await;
    shop.faults(json!({ "decline_next": 2, "webhook_delay_ms": 5 })).await.good();
    let now = shop.faults(only("webhook_reorder", true)).await.good();
    assert_eq!(now["decline_next"], 2);
    assert_eq!(now["webhook_reorder"], true);
    assert_eq!(shop.get("/_sim/faults").await.good(), now);
    shop.call(reqwest::Method::DELETE, "/_sim/faults", "", &[]).await.good();
    assert_eq!(shop.sim.faults(), Faults::default());
}

#[tokio::test]
async fn a_misspelt_knob_is_named() {
    let shop = Shop::open().await;
    let refused = shop.faults(only("decline_nxt", 1)).await;
    assert_eq!(refused.status, 422);
    let message = refused.body["error"]["message"].as_str().expect("a message");
    assert!(message.contains("decline_nxt") && message.contains("decline_next"), "{message}");
    assert_eq!(shop.sim.faults(), Faults::default());
}

#[tokio::test]
async fn the_next_charges_are_declined_whatever_the_card() {
    let shop = Shop::open().await;
    shop.faults(only("decline_next", 1)).await.good();
    let path = Shop::path(&shop.intent().await, "confirm");
    let form = "payment_method=pm_card_visa";
    assert_eq!(shop.post(&path, form).await.error(), "card_error/card_declined/generic_decline");
    assert_eq!(shop.post(&path, form).await.good()["status"], "requires_capture");
}

#[tokio::test]
async fn a_lost_answer_has_had_its_effect() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let path = Shop::path(&held, "capture");
    shop.faults(json!({ "lose_answer_next": 1, "path": "/capture" })).await.good();
    let lost = shop.post_with_key(&path, "", "capture-1").await;
    assert_eq!((lost.status, &lost.headers["content-type"]), (502, &"text/html".parse().expect("a header")));
    assert_eq!(shop.sim.books().captured, 1999);
    let found = shop.post_with_key(&path, "", "capture-1").await;
    assert_eq!(found.headers["idempotent-replayed"], "true");
    assert_eq!(found.good()["status"], "succeeded");
}

#[tokio::test]
async fn a_stalled_call_executes_though_its_client_has_hung_up() {
    let shop = Shop::open().await;
    shop.faults(json!({ "stall_next": 1, "stall_ms": 200 })).await.good();
    let request = shop
        .client
        .post(format!("{}/v1/payment_intents", shop.sim.url()))
        .bearer_auth("sk_test_sim")
        .timeout(Duration::from_millis(50))
        .body("amount=1999&currency=usd");
    request.send().await.expect_err("a timeout");
    eventually(|| shop.sim.books().payments.len() == 1).await;
}

#[tokio::test]
async fn a_path_spares_the_other_calls() {
    let shop = Shop::with(Config {
        faults: Faults { fail_next: 1, path: Some("POST /v1/refunds".to_owned()), ..Faults::default() },
        ..Config::default()
    })
    .await;
    shop.intent().await;
    assert_eq!(shop.post("/v1/refunds", "charge=ch_none").await.status, 500);
    assert_eq!(shop.post("/v1/refunds", "charge=ch_none").await.status, 404);
    let log = shop.get("/_sim/requests?limit=2").await.good();
    let statuses: Vec<&Value> = log.as_array().expect("lines").iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, [500, 404]);
}
