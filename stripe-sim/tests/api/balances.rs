//! Balances, and what outlives a restart.

use stripe_sim::{Config, Totals};

use crate::support::Shop;

#[tokio::test]
async fn balances_add_up() {
    let shop = Shop::start().await;
    shop.intent().await;
    shop.authorised_intent().await;
    let captured = shop.authorised_intent().await;
    shop.post(&Shop::action_path(&captured, "capture"), "amount_to_capture=1500").await.ok();
    let form = format!("payment_intent={}&amount=400", captured["id"].as_str().expect("id"));
    shop.post("/v1/refunds", &form).await.ok();

    let balances = shop.sim.balances();
    let usd = Totals { authorised: 1999, captured: 1500, refunded: 400, released: 499, ..Totals::default() };
    assert_eq!(balances.by_currency["usd"], usd);
    assert_eq!((balances.authorised, balances.captured), (1999, 1500));
    assert_eq!((balances.refunded, balances.released, balances.open), (400, 499, 2));
    assert_eq!(balances.intents["succeeded"], 1);
    assert_eq!(balances.payments.len(), 3);
    assert_eq!(balances.payments[0].id, captured["id"].as_str().expect("id"));
    let body = shop.get("/_sim/books").await.ok();
    assert_eq!(body["by_currency"]["usd"]["refunded"], 400);
}

#[tokio::test]
async fn state_file_keeps_payments_and_keys() {
    let path = std::env::temp_dir().join(format!("stripe-sim-{}/state.json", std::process::id()));
    let config = || Config { state: Some(path.clone()), ..Config::default() };
    let form = "amount=1999&currency=usd";
    let shop = Shop::start_with(config()).await;
    let first = shop.post_with_key("/v1/payment_intents", form, "k").await.ok();
    let balances = shop.sim.balances();
    shop.sim.stop().await;

    let shop = Shop::start_with(config()).await;
    assert_eq!(shop.sim.balances(), balances);
    let second = shop.post_with_key("/v1/payment_intents", form, "k").await;
    assert_eq!(second.ok(), first);
    let events = shop.get("/v1/events").await.ok();
    assert_eq!(events["data"][0]["data"]["object"]["id"], first["id"]);
    shop.sim.stop().await;
    std::fs::remove_dir_all(path.parent().expect("a folder")).expect("removed");
}

#[tokio::test]
async fn foreign_state_file_is_refused_and_kept() {
    let path = std::env::temp_dir().join(format!("stripe-sim-bad-{}.json", std::process::id()));
    std::fs::write(&path, "another file").expect("written");
    let config = Config { state: Some(path.clone()), ..Config::default() };
    let refused = stripe_sim::Simulator::start(config).await.err().expect("refused");
    assert!(refused.to_string().contains("not a state file"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "another file");
    std::fs::remove_file(&path).expect("removed");
}
