//! What may be done to an intent where it stands, over HTTP.

use serde_json::Value;

use crate::support::Shop;

const WRONG_STATE: &str = "invalid_request_error/payment_intent_unexpected_state";

/// An intent brought to a status.
async fn at(shop: &Shop, status: &str) -> Value {
    let intent = shop.intent().await;
    let confirm = Shop::path(&intent, "confirm");
    match status {
        "requires_payment_method" => intent,
        "requires_confirmation" => {
            let path = format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"));
            shop.post(&path, "payment_method=pm_card_visa").await.good()
        }
        "requires_action" => {
            let form = "payment_method=pm_card_authenticationRequired";
            shop.post(&confirm, form).await.good()
        }
        "requires_capture" => shop.held().await,
        "succeeded" => {
            let held = shop.held().await;
            shop.post(&Shop::path(&held, "capture"), "").await.good()
        }
        "canceled" => shop.post(&Shop::path(&intent, "cancel"), "").await.good(),
        other => panic!("no such status: {other}"),
    }
}

#[tokio::test]
async fn each_action_from_each_status() {
    // From, then the status after confirm, capture, cancel; none where it is refused.
    let table = [
        ("requires_payment_method", Some("requires_capture"), None, Some("canceled")),
        ("requires_confirmation", Some("requires_capture"), None, Some("canceled")),
        ("requires_action", Some("requires_capture"), None, Some("canceled")),
        ("requires_capture", None, Some("succeeded"), Some("canceled")),
        ("succeeded", None, None, None),
        ("canceled", None, None, None),
    ];
    let shop = Shop::open().await;
    for (from, confirm, capture, cancel) in table {
        let actions = [
            ("confirm", "payment_method=pm_card_visa", confirm),
            ("capture", "", capture),
            ("cancel", "cancellation_reason=requested_by_customer", cancel),
        ];
        for (action, form, expected) in actions {
            let intent = at(&shop, from).await;
            assert_eq!(intent["status"], from);
            let answer = shop.post(&Shop::path(&intent, action), form).await;
            if let Some(status) = expected {
                assert_eq!(answer.good()["status"], status, "{action} from {from}");
            } else {
                assert_eq!(answer.error(), WRONG_STATE, "{action} from {from}");
                assert_eq!(answer.status, 400);
                assert_eq!(answer.body["error"]["payment_intent"]["status"], from);
            }
        }
    }
}

#[tokio::test]
async fn declines_and_challenges() {
    let shop = Shop::open().await;
    let table = [
        ("pm_card_chargeDeclined", "card_error/card_declined/generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_error/card_declined/insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "card_error/expired_card"),
    ];
    for (method, error) in table {
        let intent = shop.intent().await;
        let form = format!("payment_method={method}");
        let answer = shop.post(&Shop::path(&intent, "confirm"), &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (402, error));
        let now = &answer.body["error"]["payment_intent"];
        assert_eq!(now["status"], "requires_payment_method");
        assert_eq!(now["payment_method"], Value::Null);
        assert_eq!(now["latest_charge"], answer.body["error"]["charge"]);
    }
}

#[tokio::test]
async fn typed_numbers_are_checked_before_anything_happens() {
    let shop = Shop::open().await;
    let data = "payment_method_data[type]=card&payment_method_data[card][exp_month]=12\
                &payment_method_data[card][exp_year]=2040&payment_method_data[card][cvc]=123\
                &payment_method_data[card][number]=";
    let table = [
        ("4242424242424242", 200, "", "requires_capture"),
        ("4242424242424241", 402, "card_error/incorrect_number", "requires_payment_method"),
        ("4111111111111111", 402, "card_error/card_declined/test_mode_live_card", "requires_payment_method"),
    ];
    for (number, status, error, stands_at) in table {
        let intent = shop.intent().await;
        let path = Shop::path(&intent, "confirm");
        let answer = shop.post(&path, &format!("{data}{number}")).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, error), "{number}");
        let now = shop.get(path.trim_end_matches("/confirm")).await.good();
        assert_eq!(now["status"], stands_at);
    }
}

#[tokio::test]
async fn a_release_shows_on_the_charge() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let gone = shop.post(&Shop::path(&held, "cancel"), "expand[]=latest_charge").await.good();
    assert_eq!(gone["amount_capturable"], 0);
    assert_eq!(gone["latest_charge"]["captured"], false);
    assert_eq!(gone["latest_charge"]["refunded"], true);
    let books = shop.sim.books();
    assert_eq!((books.authorised, books.captured, books.released), (0, 0, 1999));
}

#[tokio::test]
async fn an_amount_changes_only_before_it_is_held() {
    let shop = Shop::open().await;
    let intent = shop.intent().await;
    let path = format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"));
    assert_eq!(shop.post(&path, "amount=2500").await.good()["amount"], 2500);
    let form = "payment_method=pm_card_visa";
    shop.post(&Shop::path(&intent, "confirm"), form).await.good();
    let refused = shop.post(&path, "amount=2600").await;
    assert_eq!(refused.error(), WRONG_STATE);
    let noted = shop.post(&path, "metadata[seat]=A1").await.good();
    assert_eq!(noted["metadata"]["seat"], "A1");
}
