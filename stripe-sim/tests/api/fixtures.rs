//! The simulator's objects have every member of Stripe's published fixtures, of the same kind or null.

use serde_json::Value;

use crate::support::Shop;

/// Members whose fixture is a placeholder. Other tests check what the simulator sends.
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

/// The differences, by path. Null may stand for an object, a text or a number.
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
async fn objects_have_every_member_of_the_fixtures() {
    const INTENT: &str = include_str!("../../fixtures/payment_intent.json");
    const CHARGE: &str = include_str!("../../fixtures/charge.json");
    let shop = Shop::start().await;
    let created = shop.intent().await;
    assert_complete(&created, INTENT, "payment_intent");
    assert_eq!(created["next_action"], Value::Null);
    assert_eq!(created["last_payment_error"], Value::Null);

    let declined = shop.post(&Shop::action_path(&created, "confirm"), "payment_method=pm_card_chargeDeclined").await;
    let declined = &declined.body["error"]["payment_intent"];
    assert_complete(declined, INTENT, "payment_intent");
    let failed = declined["latest_charge"].as_str().expect("a failed charge");
    let failed = shop.get(&format!("/v1/charges/{failed}")).await.ok();
    assert_complete(&failed, CHARGE, "charge");
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "card_declined");

    let authorised = shop.authorised_intent().await;
    let path = Shop::action_path(&authorised, "capture");
    let form = "expand[]=latest_charge&expand[]=payment_method";
    let captured = shop.post(&path, form).await.ok();
    assert_complete(&captured, INTENT, "payment_intent");
    assert_complete(&captured["latest_charge"], CHARGE, "charge");
    assert_complete(&captured["payment_method"], include_str!("../../fixtures/payment_method.json"), "payment_method");
    let form = format!("charge={}", captured["latest_charge"]["id"].as_str().expect("an id"));
    let refund = shop.post("/v1/refunds", &form).await.ok();
    assert_complete(&refund, include_str!("../../fixtures/refund.json"), "refund");
    let events = shop.get("/v1/events").await.ok();
    for event in events["data"].as_array().expect("events") {
        let mut event = event.clone();
        // The fixture is about another kind of object.
        event["data"]["object"] = fixture(include_str!("../../fixtures/event.json"))["data"]["object"].clone();
        assert_complete(&event, include_str!("../../fixtures/event.json"), "event");
    }
}
