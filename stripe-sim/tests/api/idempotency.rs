//! Idempotency keys: one effect, one response.

use serde_json::json;

use crate::support::Shop;

const CREATE: &str = "/v1/payment_intents";
const FORM: &str = "amount=1999&currency=usd&payment_method_types[]=card";

#[tokio::test]
async fn repeated_request_gets_the_same_response() {
    let shop = Shop::start().await;
    let first = shop.post_with_key(CREATE, FORM, "k").await;
    // The order of parameters does not matter.
    let form = "currency=usd&payment_method_types[]=card&amount=1999";
    let second = shop.post_with_key(CREATE, form, "k").await;
    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_ne!(first.headers["request-id"], second.headers["request-id"]);
    assert_eq!(shop.sim.balances().payments.len(), 1);
    let replayed: Vec<bool> = shop.sim.requests().iter().map(|request| request.replayed).collect();
    assert_eq!(replayed, [false, true]);
}

#[tokio::test]
async fn key_of_another_request_is_refused() {
    let shop = Shop::start().await;
    let intent = shop.post_with_key(CREATE, FORM, "k").await.ok();
    let other = shop.post_with_key(CREATE, &FORM.replace("1999", "2000"), "k").await;
    assert_eq!((other.status, other.error().as_str()), (400, "idempotency_error"));
    let elsewhere = shop.post_with_key(&Shop::action_path(&intent, "cancel"), FORM, "k").await;
    assert_eq!((elsewhere.status, elsewhere.error().as_str()), (400, "idempotency_error"));
}

#[tokio::test]
async fn key_keeps_a_decline_but_not_a_malformed_request() {
    let shop = Shop::start().await;
    let path = Shop::action_path(&shop.intent().await, "confirm");
    let declined = "payment_method=pm_card_chargeDeclined";
    let first = shop.post_with_key(&path, declined, "attempt-1").await;
    let second = shop.post_with_key(&path, declined, "attempt-1").await;
    assert_eq!((first.status, second.status), (402, 402));
    assert_eq!(first.body, second.body);
    let mistake = shop.post_with_key(CREATE, "amount=x&currency=usd", "k").await;
    assert_eq!(mistake.status, 400);
    shop.post_with_key(CREATE, FORM, "k").await.ok();
}

#[tokio::test]
async fn key_repeats_an_internal_failure() {
    let shop = Shop::start().await;
    shop.set_faults(json!({ "fail_next": 1 })).await.ok();
    let failed = shop.post_with_key(CREATE, FORM, "k").await;
    let again = shop.post_with_key(CREATE, FORM, "k").await;
    assert_eq!((failed.status, again.status), (500, 500));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(failed.body, again.body);
    shop.post_with_key(CREATE, FORM, "another").await.ok();
    assert_eq!(shop.sim.balances().payments.len(), 1);
}

#[tokio::test]
async fn key_is_in_use_while_its_request_executes() {
    let shop = Shop::start().await;
    shop.set_faults(json!({ "stall_next": 1, "stall_ms": 400 })).await.ok();
    let (first, second) = tokio::join!(shop.post_with_key(CREATE, FORM, "k"), async {
        // The first request has arrived once its fault is used up.
        crate::support::eventually(|| shop.sim.faults().stall_next == 0).await;
        shop.post_with_key(CREATE, FORM, "k").await
    });
    assert_eq!(second.status, 409);
    assert_eq!(second.error(), "invalid_request_error/idempotency_key_in_use");
    let again = shop.post_with_key(CREATE, FORM, "k").await;
    assert_eq!(again.ok(), first.ok());
}
