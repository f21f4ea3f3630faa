//! The whole thread: sign up, list, lock, pay, sold.

use domain::{
    outbox::Job,
    payments::handle_event::handle_event,
    testing::{self, TestBackend, until},
};
use model::money::Fee;
use sqlx::PgPool;

use crate::{
    person::Person,
    site::Site,
    stripe::{DECLINED_CARD, GOOD_CARD, confirm},
};

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn from_sign_up_to_a_ticket_of_ones_own(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);

    let ticket = alice.list().await;
    bob.open("/").await.assert_has("a", "Sigur Rós");
    let order = bob.lock(&ticket).await;
    assert_eq!(bob.lock(&ticket).await, order, "asking again gives the same order");
    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Awaiting payment");
    page.assert_has("button", "Pay $49.50").assert_has("button", "Cancel order");

    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    let intent = confirm(&stripe, &form, GOOD_CARD).await;
    assert_eq!((&intent["status"], &intent["amount"]), (&"requires_capture".into(), &4950.into()), "{intent}");
    let paid = bob.post("/rpc/check_payment", &[("order", &order)]).await.json();
    assert_eq!(paid["status"], "complete", "{paid}");
    assert_eq!(stripe.balances().captured, 4950);

    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Complete");
    page.assert_lacks("button", "Pay $49.50").assert_lacks("button", "Cancel order");
    for person in [&site.visitor(), &alice, &bob] {
        assert_eq!(person.open(&format!("/tickets/{ticket}")).await.status_words(), "Sold");
    }
    bob.open("/").await.assert_lacks("a", "Sigur Rós");
}

/// Every page on which money stands says who pays it and who gets it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn price_stands_in_three_lines_for_buyer_and_seller(db: PgPool) {
    let (mut backend, stripe) = TestBackend::with_simulator(db).await;
    backend.rules.platform_fee = Fee { basis_points: 250 };
    let site = Site::changed(backend, |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let says = async |person: &Person, path: &str, lines: &str| {
        let words = person.open(path).await.words();
        assert!(words.contains(lines), "{path}: {words}");
    };
    let (listing, buyer) = (alice.list().await, "You pay $49.50Seller gets $48.27We keep $1.23");
    let (page, seller) = (format!("/tickets/{listing}"), "Buyer pays $49.50You get $48.27We keep $1.23");
    for reader in [&site.visitor(), &bob] {
        says(reader, &page, buyer).await;
    }
    says(&alice, &page, seller).await;
    assert!(alice.open("/tickets/new").await.body.contains("data-fee=\"250\""), "the form counts with it");

    let order = bob.lock(&listing).await;
    let order_page = format!("/orders/{order}");
    says(&bob, &order_page, buyer).await;
    says(&alice, &format!("{page}/sale"), seller).await;
    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &form, GOOD_CARD).await;
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    says(&bob, &order_page, "You paid $49.50Seller gets $48.27We keep $1.23").await;
}

/// The browser dies right after the card was taken: Stripe's webhook alone completes the order.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn stripes_word_completes_an_order_that_nobody_watches(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let listening = site.listening();
    let hook = listening.server_url("/webhooks/stripe").expect("the site listens");
    stripe.set_webhook_url(hook);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;

    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &form, GOOD_CARD).await;
    until("the authorisation's event is stored", || async {
        let authorised = "SELECT count(*) FROM stripe_events WHERE type = 'payment_intent.amount_capturable_updated'";
        testing::count(site.db(), authorised).await == 1
    })
    .await;
    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Awaiting payment", "an event is stored first, and acted upon by a worker");

    for (job, _) in testing::outbox(site.db()).await {
        if let Job::HandleStripeEvent { event_id } = job {
            handle_event(&site.backend, &event_id).await.expect("acts on the event");
        }
    }
    assert_eq!(bob.open(&format!("/orders/{order}")).await.status_words(), "Complete");
    assert_eq!(stripe.balances().captured, 4950);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn three_declined_cards_free_the_ticket(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;
    for (attempt, status) in [(1, "awaiting_payment"), (2, "awaiting_payment"), (3, "cancelled")] {
        let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
        assert_eq!(form["attempt"], attempt, "{form}");
        let refused = confirm(&stripe, &form, DECLINED_CARD).await;
        assert_eq!(refused["error"]["code"], "card_declined", "{refused}");
        let now = bob.post("/rpc/check_payment", &[("order", &order)]).await.json();
        assert_eq!((&now["status"], &now["declined_attempts"]), (&status.into(), &attempt.into()), "{now}");
    }
    assert_eq!(bob.open(&format!("/orders/{order}")).await.status_words(), "Cancelled");
    let free = site.visitor().open(&format!("/tickets/{ticket}")).await;
    free.assert_has("button", "Buy ticket");
    assert_eq!(stripe.balances().captured, 0);
}

/// The operator refunds a part at Stripe: buyer and seller see it on their pages, and the table of sales has it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn part_that_was_refunded_stands_on_every_page(db: PgPool) {
    let (mut backend, stripe) = TestBackend::with_simulator(db).await;
    backend.rules.platform_fee = Fee { basis_points: 1000 };
    let site = Site::changed(backend.clone(), |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let listing = alice.list().await;
    let order = bob.lock(&listing).await;
    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &form, GOOD_CARD).await;
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);

    let id = order.parse().expect("an id");
    let intent = testing::newest_intent(&backend, id).await;
    testing::refund(&backend, &intent, Some(2000)).await;
    testing::hear_of(&backend, &intent).await;
    let shown = bob.read(&format!("/rpc/show_order?order={order}")).await.json();
    assert_eq!((&shown["status"], &shown["refunded"]["cents"]), (&"partly_refunded".into(), &2000.into()), "{shown}");

    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Partly refunded");
    for words in ["You paid $49.50, and $20.00 of it was paid back to you.", "Part of the price paid back"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    assert!(!page.words().contains("Seller gets"), "the seller gets less now: {}", page.words());
    let sale = alice.open(&format!("/tickets/{listing}/sale")).await.words();
    for words in ["$20.00 was paid back to the buyer.", "Part of the price refunded"] {
        assert!(sale.contains(words), "{words}: {sale}");
    }
    let balance = alice.open("/balance").await.words();
    for words in ["$26.55", "$44.55", "-$18.00"] {
        assert!(balance.contains(words), "{words}: {balance}");
    }
    let table = alice.open("/listings/sales").await.body;
    assert!(table.contains(",1,49.50,2.95,26.55,Partly refunded\r\n"), "{table}");

    // The bank returns it.
    assert_eq!(stripe.return_refunds(&intent), 1);
    testing::hear_of(&backend, &intent).await;
    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Refund under way");
    assert!(page.words().contains("Your refund is delayed"), "{}", page.words());
    let balance = alice.open("/balance").await.words();
    assert!(balance.contains("Refund returned") && balance.contains("$44.55"), "{balance}");
}

/// The operator captures a part at Stripe: the buyer reads that they need do nothing, and the ticket is on sale.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn wrong_amount_is_told_to_its_buyer(db: PgPool) {
    let (backend, stripe) = TestBackend::with_simulator(db).await;
    let site = Site::changed(backend.clone(), |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let listing = alice.list().await;
    let order = bob.lock(&listing).await;
    let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &form, GOOD_CARD).await;
    let intent = testing::newest_intent(&backend, order.parse().expect("an id")).await;
    testing::capture_part(&backend, &intent, 1000).await;
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    let page = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(page.status_words(), "Cancelled");
    for words in ["We are checking your payment", "$10.00 of $49.50 was taken from your card", "Another amount taken"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    page.assert_lacks("button", "Reserve again");
    bob.open("/").await.assert_has("a", "Sigur Rós");
}
