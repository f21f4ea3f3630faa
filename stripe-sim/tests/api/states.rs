//! The actions that each status of an intent allows.

use serde_json::Value;

use crate::support::Shop;

const WRONG_STATE: &str = "invalid_request_error/payment_intent_unexpected_state";

/// An intent with this status.
async fn intent_with_status(shop: &Shop, status: &str) -> Value {
    let intent = shop.intent().await;
    let confirm = Shop::action_path(&intent, "confirm");
    match status {
        "requires_payment_method" => intent,
        "requires_confirmation" => {
            let path = format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"));
            shop.post(&path, "payment_method=pm_card_visa").await.ok()
        }
        "requires_action" => {
            let form = "payment_method=pm_card_authenticationRequired";
            shop.post(&confirm, form).await.ok()
        }
        "requires_capture" => shop.authorised_intent().await,
        "succeeded" => {
            let authorised = shop.authorised_intent().await;
            shop.post(&Shop::action_path(&authorised, "capture"), "").await.ok()
        }
        "canceled" => shop.post(&Shop::action_path(&intent, "cancel"), "").await.ok(),
        other => panic!("no such status: {other}"),
    }
}

#[tokio::test]
async fn each_status_allows_its_actions() {
    // Status, then the next status after confirm, capture and cancel; `None` where it is refused.
    let table = [
        ("requires_payment_method", Some("requires_capture"), None, Some("canceled")),
        ("requires_confirmation", Some("requires_capture"), None, Some("canceled")),
        ("requires_action", Some("requires_capture"), None, Some("canceled")),
        ("requires_capture", None, Some("succeeded"), Some("canceled")),
        ("succeeded", None, None, None),
        ("canceled", None, None, None),
    ];
    let shop = Shop::start().await;
    for (from, confirm, capture, cancel) in table {
        let actions = [
            ("confirm", "payment_method=pm_card_visa", confirm),
            ("capture", "", capture),
            ("cancel", "cancellation_reason=requested_by_customer", cancel),
        ];
        for (action, form, expected) in actions {
            let intent = intent_with_status(&shop, from).await;
            assert_eq!(intent["status"], from);
            let response = shop.post(&Shop::action_path(&intent, action), form).await;
            if let Some(status) = expected {
                assert_eq!(response.ok()["status"], status, "{action} from {from}");
            } else {
                assert_eq!(response.error(), WRONG_STATE, "{action} from {from}");
                assert_eq!(response.status, 400);
                assert_eq!(response.body["error"]["payment_intent"]["status"], from);
            }
        }
    }
}

#[tokio::test]
async fn decline_is_a_402_with_the_intent() {
    let shop = Shop::start().await;
    let table = [
        ("pm_card_chargeDeclined", "card_error/card_declined/generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_error/card_declined/insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "card_error/expired_card"),
    ];
    for (method, error) in table {
        let intent = shop.intent().await;
        let form = format!("payment_method={method}");
        let response = shop.post(&Shop::action_path(&intent, "confirm"), &form).await;
        assert_eq!((response.status, response.error().as_str()), (402, error));
        let now = &response.body["error"]["payment_intent"];
        assert_eq!(now["status"], "requires_payment_method");
        assert_eq!(now["payment_method"], Value::Null);
        assert_eq!(now["latest_charge"], response.body["error"]["charge"]);
    }
}

#[tokio::test]
async fn bad_card_number_leaves_the_intent_unchanged() {
    let shop = Shop::start().await;
    let data = "payment_method_data[type]=card&payment_method_data[card][exp_month]=12\
                &payment_method_data[card][exp_year]=2040&payment_method_data[card][cvc]=123\
                &payment_method_data[card][number]=";
    let table = [
        ("4242424242424242", 200, "", "requires_capture"),
        ("4242424242424241", 402, "card_error/incorrect_number", "requires_payment_method"),
        ("4111111111111111", 402, "card_error/card_declined/test_mode_live_card", "requires_payment_method"),
    ];
    for (number, status, error, intent_status) in table {
        let intent = shop.intent().await;
        let path = Shop::action_path(&intent, "confirm");
        let response = shop.post(&path, &format!("{data}{number}")).await;
        assert_eq!((response.status, response.error().as_str()), (status, error), "{number}");
        let now = shop.get(path.trim_end_matches("/confirm")).await.ok();
        assert_eq!(now["status"], intent_status);
    }
}

#[tokio::test]
async fn cancel_marks_the_charge_as_refunded() {
    let shop = Shop::start().await;
    let authorised = shop.authorised_intent().await;
    let canceled = shop.post(&Shop::action_path(&authorised, "cancel"), "expand[]=latest_charge").await.ok();
    assert_eq!(canceled["amount_capturable"], 0);
    assert_eq!(canceled["latest_charge"]["captured"], false);
    assert_eq!(canceled["latest_charge"]["refunded"], true);
    let balances = shop.sim.balances();
    assert_eq!((balances.authorised, balances.captured, balances.released), (0, 0, 1999));
}

#[tokio::test]
async fn amount_changes_only_before_authorisation() {
    let shop = Shop::start().await;
    let intent = shop.intent().await;
    let path = format!("/v1/payment_intents/{}", intent["id"].as_str().expect("id"));
    assert_eq!(shop.post(&path, "amount=2500").await.ok()["amount"], 2500);
    let form = "payment_method=pm_card_visa";
    shop.post(&Shop::action_path(&intent, "confirm"), form).await.ok();
    let refused = shop.post(&path, "amount=2600").await;
    assert_eq!(refused.error(), WRONG_STATE);
    let updated = shop.post(&path, "metadata[seat]=A1").await.ok();
    assert_eq!(updated["metadata"]["seat"], "A1");
}
