//! The books, and what outlives a restart.

use stripe_sim::{Config, Totals};

use crate::support::Shop;

#[tokio::test]
async fn money_is_counted_once() {
    let shop = Shop::open().await;
    shop.intent().await;
    shop.held().await;
    let taken = shop.held().await;
    shop.post(&Shop::path(&taken, "capture"), "amount_to_capture=1500").await.good();
    let form = format!("payment_intent={}&amount=400", taken["id"].as_str().expect("id"));
    shop.post("/v1/refunds", &form).await.good();

    let books = shop.sim.books();
    let usd = Totals { authorised: 1999, captured: 1500, refunded: 400, released: 499 };
    assert_eq!(books.by_currency["usd"], usd);
    assert_eq!((books.authorised, books.captured), (1999, 1500));
    assert_eq!((books.refunded, books.released, books.open), (400, 499, 2));
    assert_eq!(books.intents["succeeded"], 1);
    assert_eq!(books.payments.len(), 3);
    assert_eq!(books.payments[0].id, taken["id"].as_str().expect("id"));
    let shown = shop.get("/_sim/books").await.good();
    assert_eq!(shown["by_currency"]["usd"]["refunded"], 400);
}

#[tokio::test]
async fn the_state_file_keeps_books_and_keys() {
    let path = std::env::temp_dir().join(format!("stripe-sim-{}/state.json", std::process::id()));
    let config = || Config { state: Some(path.clone()), ..Config::default() };
    let form = "amount=1999&currency=usd";
    let shop = Shop::with(config()).await;
    let first = shop.post_with_key("/v1/payment_intents", form, "k").await.good();
    let books = shop.sim.books();
    shop.sim.stop().await;

    let shop = Shop::with(config()).await;
    assert_eq!(shop.sim.books(), books);
    let second = shop.post_with_key("/v1/payment_intents", form, "k").await;
    assert_eq!(second.good(), first);
    let events = shop.get("/v1/events").await.good();
    assert_eq!(events["data"][0]["data"]["object"]["id"], first["id"]);
    shop.sim.stop().await;
    std::fs::remove_dir_all(path.parent().expect("a folder")).expect("removed");
}

#[tokio::test]
async fn a_file_that_is_none_of_ours_is_left_alone() {
    let path = std::env::temp_dir().join(format!("stripe-sim-bad-{}.json", std::process::id()));
    std::fs::write(&path, "not ours").expect("written");
    let config = Config { state: Some(path.clone()), ..Config::default() };
    let refused = stripe_sim::Simulator::start(config).await.err().expect("refused");
    assert!(refused.to_string().contains("not a state file"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "not ours");
    std::fs::remove_file(&path).expect("removed");
}
