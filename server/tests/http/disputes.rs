//! What each side reads of a dispute.

use domain::{auth::operators::set_operator, testing};
use sqlx::PgPool;

use crate::{
    second_factor::set_up,
    site::Site,
    stripe::{GOOD_CARD, confirm},
};

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn buyer_seller_and_operator_read_of_a_dispute(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let olga = site.sign_up("olga").await;
    set_operator(site.db(), "olga@example.com", true).await.expect("grants");
    set_up(&site, &olga, "olga").await;
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;
    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    let intent = confirm(&stripe, &form, GOOD_CARD).await["id"].as_str().expect("an id").to_owned();
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    let (order, sale) = (format!("/orders/{order}"), format!("/tickets/{ticket}/sale"));
    let operators = olga.open("/operator").await.words();
    assert!(operators.contains("No payment is disputed."), "{operators}");
    assert!(!bob.open(&order).await.words().contains("disputed"));

    let backend = &site.backend;
    let payment = sqlx::query_scalar("SELECT id FROM payments").fetch_one(site.db()).await.expect("the payment");
    assert!(stripe.dispute(&intent));
    testing::hear_of_disputes(backend, payment).await;
    for (person, path, says) in [
        (&bob, &order, "Your payment of $49.50 is disputed: your bank has taken the money back"),
        (&bob, &order, "Until it has decided, we cannot refund the payment."),
        (&bob, &order, "Payment questioned by your bank"),
        (&alice, &sale, "The payment of $49.50 is disputed: the buyer's bank has taken the money back"),
        (&alice, &sale, "Payment questioned by the buyer's bank"),
        (&alice, &"/balance".to_owned(), "Disputed by the buyer's bank"),
        (&olga, &"/operator".to_owned(), "$49.50 and a fee of $15.00"),
        (&olga, &"/operator".to_owned(), "To be answered"),
    ] {
        let words = person.open(path).await.words();
        assert!(words.contains(says), "{path}: {says:?} is not in {words}");
    }
    assert_eq!(bob.open(&order).await.status_words(), "Complete");
    for stranger in [&site.visitor(), &bob] {
        assert_eq!(stranger.read("/rpc/open_disputes").await.refusal(), (404, "not_found".to_owned()));
    }

    assert!(stripe.decide_dispute(&intent, false));
    testing::hear_of_disputes(backend, payment).await;
    let words = bob.open(&order).await.words();
    assert!(words.contains("Your bank has decided that you get the money back from it."), "{words}");
    let words = alice.open(&sale).await.words();
    assert!(words.contains("your part stays off your balance"), "{words}");
    assert!(olga.open("/operator").await.words().contains("No payment is disputed."));
}
