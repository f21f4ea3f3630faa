//! Faults.

use serde_json::{Value, json};
use std::time::Duration;
use stripe_sim::{Config, Faults};

use crate::support::{Shop, eventually};

#[tokio::test]
async fn faults_are_changed_shown_and_reset() {
    let shop = Shop::start().await;
    shop.set_faults(json!({ "decline_next": 2, "webhook_delay_ms": 5 })).await.ok();
    let now = shop.set_faults(json!({ "webhook_reorder": true })).await.ok();
    assert_eq!(now["decline_next"], 2);
    assert_eq!(now["webhook_reorder"], true);
    assert_eq!(shop.get("/_sim/faults").await.ok(), now);
    shop.request(reqwest::Method::DELETE, "/_sim/faults", "", &[]).await.ok();
    assert_eq!(shop.sim.faults(), Faults::default());
}

#[tokio::test]
async fn misspelt_fault_is_named() {
    let shop = Shop::start().await;
    let refused = shop.set_faults(json!({ "decline_nxt": 1 })).await;
    assert_eq!(refused.status, 422);
    let message = refused.body["error"]["message"].as_str().expect("a message");
    assert!(message.contains("decline_nxt") && message.contains("decline_next"), "{message}");
    assert_eq!(shop.sim.faults(), Faults::default());
}

#[tokio::test]
async fn decline_next_declines_any_card() {
    let shop = Shop::start().await;
    shop.set_faults(json!({ "decline_next": 1 })).await.ok();
    let path = Shop::action_path(&shop.intent().await, "confirm");
    let form = "payment_method=pm_card_visa";
    assert_eq!(shop.post(&path, form).await.error(), "card_error/card_declined/generic_decline");
    assert_eq!(shop.post(&path, form).await.ok()["status"], "requires_capture");
}

#[tokio::test]
async fn capture_refuse_next_takes_no_money() {
    let shop = Shop::start().await;
    let path = Shop::action_path(&shop.authorised_intent().await, "capture");
    shop.set_faults(json!({ "capture_refuse_next": 1 })).await.ok();
    let refused = shop.post(&path, "").await;
    assert_eq!((refused.status, refused.error().as_str()), (402, "card_error/capture_charge_authorization_expired"));
    assert_eq!(shop.sim.balances().captured, 0);
    assert_eq!(shop.post(&path, "").await.ok()["status"], "succeeded");
}

#[tokio::test]
async fn lost_response_has_its_effect() {
    let shop = Shop::start().await;
    let authorised = shop.authorised_intent().await;
    let path = Shop::action_path(&authorised, "capture");
    shop.set_faults(json!({ "lose_answer_next": 1, "path": "/capture" })).await.ok();
    let lost = shop.post_with_key(&path, "", "capture-1").await;
    assert_eq!((lost.status, &lost.headers["content-type"]), (502, &"text/html".parse().expect("a header")));
    assert_eq!(shop.sim.balances().captured, 1999);
    let repeated = shop.post_with_key(&path, "", "capture-1").await;
    assert_eq!(repeated.headers["idempotent-replayed"], "true");
    assert_eq!(repeated.ok()["status"], "succeeded");
}

#[tokio::test]
async fn stalled_request_executes_after_its_client_disconnects() {
    let shop = Shop::start().await;
    shop.set_faults(json!({ "stall_next": 1, "stall_ms": 200 })).await.ok();
    let request = shop
        .client
        .post(format!("{}/v1/payment_intents", shop.sim.url()))
        .bearer_auth("sk_test_sim")
        .timeout(Duration::from_millis(50))
        .body("amount=1999&currency=usd");
    request.send().await.expect_err("a timeout");
    eventually(|| shop.sim.balances().payments.len() == 1).await;
}

#[tokio::test]
async fn path_limits_faults_to_matching_requests() {
    let shop = Shop::start_with(Config {
        faults: Faults { fail_next: 1, path: Some("POST /v1/refunds".to_owned()), ..Faults::default() },
        ..Config::default()
    })
    .await;
    shop.intent().await;
    assert_eq!(shop.post("/v1/refunds", "charge=ch_none").await.status, 500);
    assert_eq!(shop.post("/v1/refunds", "charge=ch_none").await.status, 404);
    let log = shop.get("/_sim/requests?limit=2").await.ok();
    let statuses: Vec<&Value> = log.as_array().expect("lines").iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, [500, 404]);
}

/// A bank returns a refund after it has succeeded: by a fault after a while, or at once by hand.
#[tokio::test]
async fn refund_fails_after_it_has_succeeded() {
    let shop = Shop::start().await;
    for by_hand in [false, true] {
        let intent = shop.authorised_intent().await;
        shop.post(&Shop::action_path(&intent, "capture"), "").await.ok();
        let refunded = shop.sim.balances().refunded;
        shop.set_faults(json!({ "refund_fail_later_next": u32::from(!by_hand), "refund_fail_later_s": 0 })).await.ok();
        let form = format!("payment_intent={}&amount=700", intent["id"].as_str().expect("an id"));
        let refund = shop.post("/v1/refunds", &form).await.ok();
        let (id, status) = (refund["id"].as_str().expect("an id"), &refund["status"]);
        assert_eq!(status, "succeeded");
        if by_hand {
            assert_eq!(shop.sim.balances().refunded, refunded + 700);
            for status in [204, 409] {
                let path = format!("/_sim/refunds/{id}/failed");
                assert_eq!(shop.request(reqwest::Method::PUT, &path, "", &[]).await.status, status);
            }
        }
        eventually(|| shop.sim.balances().refunded == refunded).await;
        let now = shop.get(&format!("/v1/refunds/{id}")).await.ok();
        assert_eq!((&now["status"], &now["failure_reason"]), (&json!("failed"), &json!("lost_or_stolen_card")));
        let newest = shop.get("/v1/events?limit=3").await.ok();
        let kinds = ["refund.failed", "refund.updated", "charge.refund.updated"];
        assert_eq!([0, 1, 2].map(|nth| newest["data"][nth]["type"].clone()), kinds.map(Value::from));
    }
}

#[tokio::test]
async fn refunds_are_listed_from_a_time_on() {
    let shop = Shop::start().await;
    let intent = shop.authorised_intent().await;
    shop.post(&Shop::action_path(&intent, "capture"), "").await.ok();
    let form = format!("payment_intent={}&amount=700", intent["id"].as_str().expect("an id"));
    let made = shop.post("/v1/refunds", &form).await.ok()["created"].as_i64().expect("a time");
    for (since, found) in [(made, 1), (made + 1, 0)] {
        let list = shop.get(&format!("/v1/refunds?created[gte]={since}")).await.ok();
        assert_eq!(list["data"].as_array().map(Vec::len), Some(found));
    }
}
