//! How many statements a request costs: each is a round trip to PostgreSQL.

use domain::testing::{TestBackend, wire};
use sqlx::PgPool;

use crate::{
    person::{Person, lock_form},
    site::Site,
    stripe::{GOOD_CARD, confirm},
};

/// A page is loaded once before it is counted: the first use of a type reads it from the catalogue.
async fn of_page(wire: &wire::Wire, person: &Person, path: &str) -> usize {
    person.open(path).await.assert_status(200);
    wire.count(async {
        person.open(path).await.assert_status(200);
    })
    .await
    .statements
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn page_costs_few_statements_and_one_for_the_session(db: PgPool) {
    let (backend, wire) = wire::counted(&TestBackend::without_stripe(db)).await;
    let site = Site::changed(backend, |_| ());
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let (listing, order) = (alice.list().await, bob.lock(&alice.list().await).await);
    let (page, edit, order) =
        (format!("/tickets/{listing}"), format!("/tickets/{listing}/edit"), format!("/orders/{order}"));
    let event = crate::events::event_page(&anon, &listing).await;
    // The home page has four lists.
    for (path, statements) in [("/", 4), ("/search?q=sigur", 1), (&page, 1), (&event, 1)] {
        assert_eq!(of_page(&wire, &anon, path).await, statements, "{path}");
        assert_eq!(of_page(&wire, &bob, path).await, statements + 1, "{path} for a user");
    }
    for path in ["/signin", "/signup"] {
        assert_eq!(of_page(&wire, &anon, path).await, 0, "{path}");
    }
    assert_eq!(of_page(&wire, &bob, &order).await, 2, "an order");
    assert_eq!(of_page(&wire, &bob, "/orders").await, 4, "orders, waitlists and gifts");
    for path in ["/orders?after", "/orders?later"] {
        let path = format!("{path}={}", order.trim_start_matches("/orders/"));
        assert_eq!(of_page(&wire, &bob, &path).await, 2, "{path}");
    }
    bob.post("/rpc/watch_listing", &[("ticket", &listing)]).await.assert_status(200);
    assert_eq!(of_page(&wire, &bob, "/watching").await, 3, "watches and listings");
    assert_eq!(of_page(&wire, &bob, "/account/mails").await, 2, "the choices");
    assert_eq!(of_page(&wire, &bob, &event).await, 3, "for a user who watches something, how they watch the event");
    assert_eq!(of_page(&wire, &alice, &edit).await, 2, "the listing");
    assert_eq!(of_page(&wire, &alice, "/listings").await, 3, "listings, and what became of them");
    assert_eq!(of_page(&wire, &bob, "/tickets/new").await, 2, "drafts");
    assert_eq!(
        of_page(&wire, &alice, "/listings?show=sold").await,
        4,
        "nothing sold, whether anything is listed, and the charts"
    );
}

/// Each call is one of a user's, whose session is a statement of its own.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn purchase_costs_few_statements(db: PgPool) {
    const SESSION: usize = 1;
    let (backend, stripe) = TestBackend::with_simulator(db).await;
    let (backend, wire) = wire::counted(&backend).await;
    let site = Site::changed(backend, |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    // The first time prepares the statements.
    for is_counted in [false, true] {
        let (given_up, bought) = (alice.list().await, alice.list().await);
        let count = async |what: &str, expected: usize, path: &str, form: &[(&str, &str)]| {
            let sent = wire.count(async {
                bob.post(path, form).await.assert_status(200);
            });
            let sent = sent.await.statements;
            assert!(!is_counted || sent == SESSION + expected, "{what}: {sent} statements");
        };
        count("a lock", 1, "/rpc/lock_ticket", &lock_form(&given_up)).await;
        let order = bob.lock(&given_up).await;
        count("a cancellation", 1, "/rpc/cancel_order", &[("order", &order)]).await;

        let order = bob.lock(&bought).await;
        count("the start of a payment", 2, "/rpc/start_payment", &[("order", &order)]).await;
        let form = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
        confirm(&stripe, &form, GOOD_CARD).await;
    }
}
