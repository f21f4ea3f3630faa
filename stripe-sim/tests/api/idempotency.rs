//! Keys: one effect, one answer.

use serde_json::json;

use crate::support::{Shop, only};

const CREATE: &str = "/v1/payment_intents";
const FORM: &str = "amount=1999&currency=usd&payment_method_types[]=card";

#[tokio::test]
async fn the_same_call_is_answered_again() {
    let shop = Shop::open().await;
    let first = shop.post_with_key(CREATE, FORM, "k").await;
    // The order of parameters is not part of a call.
    let form = "currency=usd&payment_method_types[]=card&amount=1999";
    let second = shop.post_with_key(CREATE, form, "k").await;
    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_ne!(first.headers["request-id"], second.headers["request-id"]);
    assert_eq!(shop.sim.books().payments.len(), 1);
    let replayed: Vec<bool> = shop.sim.requests().iter().map(|line| line.replayed).collect();
    assert_eq!(replayed, [false, true]);
}

#[tokio::test]
async fn another_call_is_refused() {
    let shop = Shop::open().await;
    let intent = shop.post_with_key(CREATE, FORM, "k").await.good();
    let other = shop.post_with_key(CREATE, &FORM.replace("1999", "2000"), "k").await;
    assert_eq!((other.status, other.error().as_str()), (400, "idempotency_error"));
    let elsewhere = shop.post_with_key(&Shop::path(&intent, "cancel"), FORM, "k").await;
    assert_eq!((elsewhere.status, elsewhere.error().as_str()), (400, "idempotency_error"));
}

#[tokio::test]
async fn a_decline_is_remembered_and_a_mistake_is_not() {
    let shop = Shop::open().await;
    let path = Shop::path(&shop.intent().await, "confirm");
    let declined = "payment_method=pm_card_chargeDeclined";
    let first = shop.post_with_key(&path, declined, "attempt-1").await;
    let second = shop.post_with_key(&path, declined, "attempt-1").await;
    assert_eq!((first.status, second.status), (402, 402));
    assert_eq!(first.body, second.body);
    let mistake = shop.post_with_key(CREATE, "amount=x&currency=usd", "k").await;
    assert_eq!(mistake.status, 400);
    shop.post_with_key(CREATE, FORM, "k").await.good();
}

#[tokio::test]
async fn a_failure_of_stripes_own_is_repeated_under_its_key() {
    let shop = Shop::open().await;
    shop.faults(only("fail_next", 1)).await.good();
    let failed = shop.post_with_key(CREATE, FORM, "k").await;
    let again = shop.post_with_key(CREATE, FORM, "k").await;
    assert_eq!((failed.status, again.status), (500, 500));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(failed.body, again.body);
    shop.post_with_key(CREATE, FORM, "another").await.good();
    assert_eq!(shop.sim.books().payments.len(), 1);
}

#[tokio::test]
async fn a_key_whose_call_is_under_way_is_in_use() {
    let shop = Shop::open().await;
    shop.faults(json!({ "stall_next": 1, "stall_ms": 400 })).await.good();
    let (first, second) = tokio::join!(shop.post_with_key(CREATE, FORM, "k"), async {
        // The first has arrived when the stall is used up.
        crate::support::eventually(|| shop.sim.faults().stall_next == 0).await;
        shop.post_with_key(CREATE, FORM, "k").await
    });
    assert_eq!(second.status, 409);
    assert_eq!(second.error(), "invalid_request_error/idempotency_key_in_use");
    let again = shop.post_with_key(CREATE, FORM, "k").await;
    assert_eq!(again.good(), first.good());
}
