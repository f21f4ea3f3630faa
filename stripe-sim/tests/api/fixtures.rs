//! Every member of Stripe's published fixtures is there, and of the same kind or null.

use serde_json::Value;

use crate::support::Shop;

/// Members whose fixture is a placeholder: what we send, null or real, is checked elsewhere.
const PLACEHOLDERS: [&str; 12] = [
    "last_payment_error",
    "next_action",
    "payment_method_configuration_details",
    "processing",
    "shipping",
    "transfer_data",
    "managed_payments",
    "source",
    "metadata",
    "wallet",
    "generated_from",
    "object",
];

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// What differs, by path. Null is at home wherever the fixture has null or a whole object.
fn differences(ours: &Value, theirs: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(theirs) = theirs else {
        return;
    };
    for (name, theirs) in theirs {
        let path = format!("{path}.{name}");
        let Some(ours) = ours.get(name) else {
            found.push(format!("{path} is missing"));
            continue;
        };
        if PLACEHOLDERS.contains(&name.as_str()) || theirs.is_null() {
            continue;
        }
        match (kind(ours), kind(theirs)) {
            ("object", "object") => differences(ours, theirs, &path, found),
            (ours, theirs) if ours == theirs => {}
            ("null", "object" | "text" | "number") => {}
            (ours, theirs) => found.push(format!("{path} is {ours}, not {theirs}")),
        }
    }
}

#[track_caller]
fn assert_complete(ours: &Value, theirs: &str, name: &str) {
    let mut found = Vec::new();
    differences(ours, &fixture(theirs), name, &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn objects_have_every_member() {
    const INTENT: &str = include_str!("../../fixtures/payment_intent.json");
    const CHARGE: &str = include_str!("../../fixtures/charge.json");
    let shop = Shop::open().await;
    let fresh = shop.intent().await;
    assert_complete(&fresh, INTENT, "payment_intent");
    assert_eq!(fresh["next_action"], Value::Null);
    assert_eq!(fresh["last_payment_error"], Value::Null);

    let declined = shop.post(&Shop::path(&fresh, "confirm"), "payment_method=pm_card_chargeDeclined").await;
    let declined = &declined.body["error"]["payment_intent"];
    assert_complete(declined, INTENT, "payment_intent");
    let failed = declined["latest_charge"].as_str().expect("a failed charge");
    let failed = shop.get(&format!("/v1/charges/{failed}")).await.good();
    assert_complete(&failed, CHARGE, "charge");
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "card_declined");

    let held = shop.held().await;
    let path = Shop::path(&held, "capture");
    let form = "expand[]=latest_charge&expand[]=payment_method";
    let taken = shop.post(&path, form).await.good();
    assert_complete(&taken, INTENT, "payment_intent");
    assert_complete(&taken["latest_charge"], CHARGE, "charge");
    assert_complete(&taken["payment_method"], include_str!("../../fixtures/payment_method.json"), "payment_method");
    let form = format!("charge={}", taken["latest_charge"]["id"].as_str().expect("an id"));
    let refund = shop.post("/v1/refunds", &form).await.good();
    assert_complete(&refund, include_str!("../../fixtures/refund.json"), "refund");
    let events = shop.get("/v1/events").await.good();
    for event in events["data"].as_array().expect("events") {
        let mut event = event.clone();
        // The fixture's is about another kind of object.
        event["data"]["object"] = fixture(include_str!("../../fixtures/event.json"))["data"]["object"].clone();
        assert_complete(&event, include_str!("../../fixtures/event.json"), "event");
    }
}
