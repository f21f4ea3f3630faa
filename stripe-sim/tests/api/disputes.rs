//! Disputes and early fraud warnings.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Response, Shop};

impl Shop {
    async fn act(&self, intent: &str, act: &str) -> u16 {
        let path = format!("/_sim/payments/{intent}/{act}");
        let Response { status, .. } = self.request(Method::PUT, &path, "", &[]).await;
        status
    }

    async fn captured(&self) -> String {
        let intent = self.authorised_intent().await;
        self.post(&Self::action_path(&intent, "capture"), "").await.ok();
        intent["id"].as_str().expect("an id").to_owned()
    }

    async fn dispute_of(&self, intent: &str) -> Value {
        let list = self.get(&format!("/v1/disputes?payment_intent={intent}")).await.ok();
        let id = list["data"][0]["id"].as_str().expect("a dispute").to_owned();
        self.get(&format!("/v1/disputes/{id}")).await.ok()
    }

    /// The kinds of the events after the first `known`, oldest first.
    fn kinds_after(&self, known: usize) -> Vec<String> {
        let kind =
            |body: String| serde_json::from_str::<Value>(&body).expect("JSON")["type"].as_str().map(ToOwned::to_owned);
        self.sim.events_after(known).into_iter().filter_map(|event| kind(event.body)).collect()
    }
}

#[tokio::test]
async fn dispute_takes_the_money_and_gives_it_back_when_won() {
    let shop = Shop::start().await;
    let intent = shop.captured().await;
    let known = shop.sim.events_after(0).len();
    assert_eq!(shop.act(&intent, "disputed").await, 204);
    assert_eq!(shop.kinds_after(known), ["charge.dispute.created", "charge.dispute.funds_withdrawn"]);
    let dispute = shop.dispute_of(&intent).await;
    assert_eq!((&dispute["status"], &dispute["amount"]), (&json!("needs_response"), &json!(1999)));
    assert_eq!(dispute["balance_transactions"][0]["net"], -1999 - 1500);
    let charge = dispute["charge"].as_str().expect("an id");
    assert_eq!(shop.get(&format!("/v1/charges/{charge}")).await.ok()["disputed"], true);
    let refused = shop.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refused.error(), "invalid_request_error/charge_disputed");
    let books = shop.sim.balances();
    assert_eq!((books.disputed, books.dispute_fees), (1999, 1500));

    assert_eq!(shop.act(&intent, "answered").await, 204);
    assert_eq!(shop.dispute_of(&intent).await["status"], "under_review");
    assert_eq!(shop.act(&intent, "won").await, 204);
    assert_eq!(
        shop.kinds_after(known)[2..],
        ["charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed"]
    );
    let books = shop.sim.balances();
    assert_eq!((books.disputed, books.dispute_fees), (0, 1500));
    assert_eq!(books.payments[0].dispute.as_deref(), Some("won"));
    shop.post("/v1/refunds", &format!("payment_intent={intent}")).await.ok();
}

#[tokio::test]
async fn lost_dispute_keeps_the_money_and_refuses_refunds() {
    let shop = Shop::start().await;
    let intent = shop.captured().await;
    for act in ["disputed", "lost"] {
        assert_eq!(shop.act(&intent, act).await, 204);
    }
    assert_eq!(shop.dispute_of(&intent).await["status"], "lost");
    assert_eq!(shop.sim.balances().disputed, 1999);
    let refused = shop.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refused.error(), "invalid_request_error/charge_disputed");
    for act in ["won", "lost", "disputed", "inquired", "answered"] {
        assert_eq!(shop.act(&intent, act).await, 409, "{act} after the end");
    }
}

#[tokio::test]
async fn inquiry_moves_no_money_until_it_is_a_dispute() {
    let shop = Shop::start().await;
    let (asked, disputed) = (shop.captured().await, shop.captured().await);
    for intent in [&asked, &disputed] {
        assert_eq!(shop.act(intent, "inquired").await, 204);
    }
    assert_eq!(shop.sim.balances().disputed, 0);
    assert_eq!(shop.act(&asked, "won").await, 204);
    assert_eq!(shop.dispute_of(&asked).await["status"], "warning_closed");
    assert_eq!(shop.act(&disputed, "disputed").await, 204);
    assert_eq!(shop.dispute_of(&disputed).await["status"], "needs_response");
    assert_eq!(shop.sim.balances().disputed, 1999);
    let all = shop.get("/v1/disputes?created[gte]=1").await.ok();
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn fraud_warning_is_listed_and_told() {
    let shop = Shop::start().await;
    let intent = shop.captured().await;
    let known = shop.sim.events_after(0).len();
    assert_eq!(shop.act(&intent, "warned").await, 204);
    assert_eq!(shop.kinds_after(known), ["radar.early_fraud_warning.created"]);
    let list = shop.get(&format!("/v1/radar/early_fraud_warnings?payment_intent={intent}")).await.ok();
    let warning = &list["data"][0];
    assert_eq!((&warning["actionable"], &warning["fraud_type"]), (&json!(true), &json!("made_with_stolen_card")));
    let id = warning["id"].as_str().expect("an id");
    assert_eq!(&shop.get(&format!("/v1/radar/early_fraud_warnings/{id}")).await.ok(), warning);
}

#[tokio::test]
async fn only_captured_payments_are_disputed() {
    let shop = Shop::start().await;
    let authorised = shop.authorised_intent().await;
    assert_eq!(shop.act(authorised["id"].as_str().expect("an id"), "disputed").await, 409);
    assert_eq!(shop.act("pi_none", "disputed").await, 404);
    assert_eq!(shop.act("pi_none", "danced").await, 404);
}
