//! Webhooks: signed, in order, retried until accepted.

use std::time::Duration;

use axum::http::StatusCode;
use stripe_sim::{Config, Faults, sign};

use crate::support::{Receiver, Shop, eventually};

async fn with_receiver(plan: impl IntoIterator<Item = StatusCode>, faults: Faults) -> (Shop, Receiver) {
    let (receiver, url) = Receiver::start(plan).await;
    let shop = Shop::start_with(Config {
        webhook_urls: vec![url],
        webhook_backoff: Duration::from_millis(10),
        faults,
        ..Config::default()
    })
    .await;
    (shop, receiver)
}

#[tokio::test]
async fn webhooks_are_signed_and_in_order() {
    let (shop, receiver) = with_receiver([], Faults::default()).await;
    let authorised = shop.authorised_intent().await;
    shop.post(&Shop::action_path(&authorised, "capture"), "").await.ok();
    receiver.wait_for(5).await;
    assert_eq!(
        receiver.kinds(),
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.amount_capturable_updated",
            "charge.captured",
            "payment_intent.succeeded",
        ]
    );
    for received in receiver.received() {
        let time = received.signature.split(',').next().and_then(|part| part.strip_prefix("t="));
        let time = time.and_then(|time| time.parse().ok()).expect("a timestamp");
        assert_eq!(received.signature, sign(&received.body, "whsec_sim", time));
        assert_eq!(received.event()["api_version"], "2026-09-30.endive");
    }
}

#[tokio::test]
async fn refused_webhook_is_retried_and_pending_until_accepted() {
    let plan = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND, StatusCode::OK];
    let (shop, receiver) = with_receiver(plan, Faults::default()).await;
    shop.intent().await;
    receiver.wait_for(3).await;
    let all = receiver.received();
    assert!(all.iter().all(|webhook| webhook.body == all[0].body));
    let id = all[0].event()["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/events/{id}");
    // The receiver has responded, but the dispatcher may not have recorded it yet.
    for _ in 0..200 {
        if shop.get(&path).await.ok()["pending_webhooks"] == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("still pending");
}

#[tokio::test]
async fn duplicates_are_identical() {
    let faults = Faults { webhook_duplicate: 2, ..Faults::default() };
    let (shop, receiver) = with_receiver([], faults).await;
    shop.intent().await;
    receiver.wait_for(3).await;
    let all = receiver.received();
    assert!(all.iter().all(|webhook| webhook.body == all[0].body));
}

#[tokio::test]
async fn webhook_reorder_swaps_pairs() {
    let (shop, receiver) = with_receiver([], Faults::default()).await;
    let intent = shop.intent().await;
    receiver.wait_for(1).await;
    shop.sim.set_faults(Faults { webhook_reorder: true, ..Faults::default() });
    shop.post(&Shop::action_path(&intent, "confirm"), "payment_method=pm_card_visa").await.ok();
    receiver.wait_for(3).await;
    assert_eq!(receiver.kinds()[1..], ["payment_intent.amount_capturable_updated", "charge.succeeded"]);
    // A webhook without a second one goes out after a while.
    shop.intent().await;
    receiver.wait_for(4).await;
}

#[tokio::test]
async fn dropped_webhooks_stay_listed_as_pending() {
    let faults = Faults { webhook_drop: true, ..Faults::default() };
    let (shop, receiver) = with_receiver([], faults).await;
    shop.intent().await;
    let dropped = shop.get("/v1/events").await.ok();
    assert_eq!(dropped["data"][0]["type"], "payment_intent.created");
    assert_eq!(dropped["data"][0]["pending_webhooks"], 1);
    shop.sim.set_faults(Faults::default());
    shop.intent().await;
    receiver.wait_for(1).await;
    assert_eq!(receiver.kinds(), ["payment_intent.created"]);
}

#[tokio::test]
async fn same_seed_drops_the_same_webhooks() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let faults = Faults { webhook_drop_ratio: 0.5, seed: 7, ..Faults::default() };
        let (shop, receiver) = with_receiver([], faults).await;
        let mut amounts = Vec::new();
        for amount in 100..120 {
            let form = format!("amount={amount}&currency=usd");
            shop.post("/v1/payment_intents", &form).await.ok();
        }
        // Once this one is delivered, all earlier ones are either delivered or dropped.
        shop.sim.set_faults(Faults::default());
        shop.post("/v1/payment_intents", "amount=999&currency=usd").await.ok();
        eventually(|| receiver.received().iter().any(|one| one.body.contains("\"amount\":999,"))).await;
        for received in receiver.received() {
            amounts.push(received.event()["data"]["object"]["amount"].as_i64());
        }
        amounts.sort_unstable();
        runs.push(amounts);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].len() > 4 && runs[0].len() < 18, "{:?}", runs[0]);
}

#[tokio::test]
async fn webhook_url_can_be_set_later() {
    let shop = Shop::start().await;
    shop.intent().await;
    let (receiver, url) = Receiver::start([]).await;
    shop.sim.set_webhook_url(url);
    shop.authorised_intent().await;
    receiver.wait_for(3).await;
}
