//! Balance transactions: each movement of money, with Stripe's fee for it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Shop;

impl Shop {
    /// A captured intent with its charge.
    async fn sold(&self, amount: i64) -> (String, Value) {
        let intent = self.authorised_intent().await;
        let form = format!("amount_to_capture={amount}&expand[]=latest_charge.balance_transaction");
        let captured = self.post(&Self::action_path(&intent, "capture"), &form).await.ok();
        (captured["id"].as_str().expect("an id").to_owned(), captured["latest_charge"].clone())
    }

    /// A page of the list.
    async fn moved(&self, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/v1/balance_transactions?{query}")).await.ok();
        assert_eq!(page["url"], "/v1/balance_transactions");
        page["data"].as_array().expect("a list").clone()
    }
}

fn amounts(moved: &[Value]) -> Vec<(&str, i64, i64)> {
    let amount = |moved: &Value, name: &str| moved[name].as_i64().expect("an amount");
    moved
        .iter()
        .map(|moved| {
            (moved["reporting_category"].as_str().expect("a word"), amount(moved, "amount"), amount(moved, "fee"))
        })
        .collect()
}

#[tokio::test]
async fn charge_moves_what_was_captured_less_a_fee() {
    let shop = Shop::start().await;
    let authorised = shop.authorised_intent().await;
    assert_eq!(shop.moved("").await, [json!(null); 0], "nothing moves before the capture");
    shop.post(&Shop::action_path(&authorised, "cancel"), "").await.ok();
    let (_, charge) = shop.sold(1500).await;
    let moved = &charge["balance_transaction"];
    assert_eq!((&moved["amount"], &moved["fee"], &moved["net"]), (&json!(1500), &json!(74), &json!(1426)));
    assert_eq!((&moved["type"], &moved["source"]), (&json!("charge"), &charge["id"]));
    assert_eq!(moved["fee_details"][0]["amount"], 74);
    let id = moved["id"].as_str().expect("an id");
    assert_eq!(&shop.get(&format!("/v1/balance_transactions/{id}")).await.ok(), moved);
    assert_eq!(shop.get("/v1/balance_transactions/txn_none").await.status, 404);
    assert_eq!(shop.sim.balances().fees, 74);
}

#[tokio::test]
async fn refunds_move_the_money_without_a_fee_and_back_when_they_fail() {
    let shop = Shop::start().await;
    let (intent, _) = shop.sold(1500).await;
    let refund = shop.post("/v1/refunds", &format!("payment_intent={intent}&amount=400")).await.ok();
    let id = refund["id"].as_str().expect("an id");
    assert_eq!(shop.request(Method::PUT, &format!("/_sim/refunds/{id}/failed"), "", &[]).await.status, 204);
    let moved = shop.moved(&format!("source={id}")).await;
    assert_eq!(amounts(&moved), [("refund_failure", 400, 0), ("refund", -400, 0)]);
    let failed = shop.get(&format!("/v1/refunds/{id}?expand[]=balance_transaction")).await.ok();
    assert_eq!(failed["balance_transaction"]["id"], moved[1]["id"]);
    assert_eq!(failed["failure_balance_transaction"], moved[0]["id"]);

    shop.set_faults(json!({ "refund_fail_next": 1 })).await.ok();
    let refused = shop.post("/v1/refunds", &format!("payment_intent={intent}&amount=300")).await.ok();
    let moved = shop.moved(&format!("source={}", refused["id"].as_str().expect("an id"))).await;
    assert_eq!(amounts(&moved), [("refund_failure", 300, 0), ("refund", -300, 0)]);
}

#[tokio::test]
async fn dispute_moves_the_money_with_its_fee() {
    let shop = Shop::start().await;
    let (intent, _) = shop.sold(1999).await;
    for act in ["disputed", "won"] {
        shop.request(Method::PUT, &format!("/_sim/payments/{intent}/{act}"), "", &[]).await;
    }
    let moved = shop.moved("type=adjustment").await;
    assert_eq!(amounts(&moved), [("dispute_reversal", 1999, 0), ("dispute", -1999, 1500)]);
    let dispute = shop.get("/v1/disputes").await.ok()["data"][0].clone();
    assert_eq!(dispute["balance_transactions"], json!([moved[1], moved[0]]));
}

#[tokio::test]
async fn list_is_filtered_paged_and_expanded() {
    let shop = Shop::start().await;
    let mut charges = Vec::new();
    for amount in [1000, 1100, 1200] {
        charges.push(shop.sold(amount).await.1);
    }
    let first = shop.get("/v1/balance_transactions?limit=2&expand[]=data.source").await.ok();
    assert_eq!((&first["has_more"], &first["data"][0]["amount"]), (&json!(true), &json!(1200)));
    assert_eq!(first["data"][0]["source"]["payment_intent"], charges[2]["payment_intent"]);
    let after = first["data"][1]["id"].as_str().expect("an id");
    let rest = shop.get(&format!("/v1/balance_transactions?limit=2&starting_after={after}")).await.ok();
    assert_eq!((&rest["has_more"], &rest["data"][0]["amount"]), (&json!(false), &json!(1000)));

    let created = rest["data"][0]["created"].as_i64().expect("a time");
    let source = charges[1]["id"].as_str().expect("an id");
    for (query, count) in [
        (format!("created[gte]={created}"), 3),
        (format!("created[lt]={created}"), 0),
        ("created[gte]=9999999999".to_owned(), 0),
        (format!("source={source}"), 1),
        ("type=refund".to_owned(), 0),
        ("currency=usd".to_owned(), 3),
        ("payout=po_1".to_owned(), 0),
    ] {
        assert_eq!(shop.moved(&query).await.len(), count, "{query}");
    }
    assert_eq!(shop.get("/v1/balance_transactions?created[near]=1").await.status, 400);
    let key = [("authorization", "Bearer pk_test_sim")];
    let refused = shop.request(Method::GET, "/v1/balance_transactions", "", &key).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}
