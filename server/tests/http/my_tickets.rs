//! The page of the user's tickets.

use domain::testing;
use model::tickets::ListingInput;
use sqlx::PgPool;
use stripe_sim::Simulator;

use crate::{
    person::{Answer, Person, listing, lock_form},
    site::Site,
    stripe::{GOOD_CARD, confirm},
};

/// Lists a ticket for an event that many days from now, and answers with its id.
async fn list(seller: &Person, title: &str, days: i64) -> String {
    let starts_at = testing::local_time_in_days(days);
    let input = ListingInput { title: title.into(), starts_at, ..testing::listing_input() };
    let listed = seller.post("/rpc/list_ticket", &listing(&input)).await;
    listed.assert_status(200).location().strip_prefix("/tickets/").expect("a page").to_owned()
}

async fn buy(buyer: &Person, stripe: &Simulator, ticket: &str) {
    let order = buyer.lock(ticket).await;
    let form = buyer.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(stripe, &form, GOOD_CARD).await;
    let paid = buyer.post("/rpc/check_payment", &[("order", &order)]).await.json();
    assert_eq!(paid["status"], "complete", "{paid}");
}

/// The words of the page's headings below the first, and of the links of its rows, in their order.
fn headings(page: &Answer) -> Vec<String> {
    let parts = page.body.replace("<h3", "<h2").replace("</h3>", "</h2>");
    Answer { body: parts, status: page.status, headers: page.headers.clone() }.texts("h2")
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn next_event_comes_first_and_what_is_over_is_folded(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    buy(&bob, &stripe, &list(&alice, "Late", 9).await).await;
    buy(&bob, &stripe, &list(&alice, "Soon", 2).await).await;
    let cancelled = bob.lock(&list(&alice, "Cancelled", 1).await).await;
    bob.post("/rpc/cancel_order", &[("order", &cancelled)]).await.assert_status(200);

    let page = bob.open("/orders").await;
    assert_eq!(headings(&page), ["Soon", "Upcoming", "Late", "Past and ended orders", "Cancelled"]);
    let next = page.body.split("ticket-next").nth(1).expect("a large ticket");
    assert!(
        next.split("Upcoming").next().is_some_and(|ticket| ticket.contains("Soon") && ticket.contains("in 2 days"))
    );
    assert!(page.body.contains("<details class=\"part\"><summary>"), "it is folded: {}", page.body);
    for order in ["Soon", "Late"] {
        assert_eq!(page.texts("a").iter().filter(|text| *text == order).count(), 1, "{order} is there once");
    }

    // What waits for payment comes before all else.
    let held = list(&alice, "Held", 20).await;
    bob.lock(&held).await;
    let page = bob.open("/orders").await;
    assert_eq!(headings(&page)[..3], ["Awaiting payment", "Held", "Soon"]);
    page.assert_has("a", "Continue to payment");
    assert!(page.words().contains("Reserved for you: pay by "), "{}", page.words());

    carol.post("/rpc/join_line", &[("ticket", &held)]).await.assert_status(200);
    let page = carol.open("/orders").await;
    assert_eq!(headings(&page), ["No tickets for upcoming events", "Your waitlists", "Held"]);
    assert_eq!(headings(&alice.open("/orders").await), ["You have not bought a ticket yet"]);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn older_orders_are_unfolded_on_their_own_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    for _ in 0..21 {
        let ticket = alice.list().await;
        let order = bob.post("/rpc/lock_ticket", &lock_form(&ticket)).await;
        let order = order.location().strip_prefix("/orders/").expect("an order").to_owned();
        bob.post("/rpc/cancel_order", &[("order", &order)]).await.assert_status(200);
    }
    let page = bob.open("/orders").await;
    assert_eq!(page.of_class("status "), "Cancelled");
    let older = page.body.split("href=\"").find(|rest| rest.starts_with("/orders?after=")).expect("a link");
    let older = bob.open(older.split('"').next().expect("an address")).await;
    assert!(older.body.contains("<details open class=\"part\"><summary>"), "it is open: {}", older.body);
    assert_eq!(older.body.matches("<li class=\"ticket ticket-small\">").count(), 1);
    older.assert_lacks("h2", "You have not bought a ticket yet").assert_has("a", "Back to the first page");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn header_marks_the_page_that_the_reader_is_on(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let table = [
        (&alice, "/", "GitTix"),
        (&alice, "/orders", "My orders"),
        (&alice, "/listings?after=nothing", "My listings"),
        (&alice, "/tickets/new", "Sell a ticket"),
        (&alice, "/account", "Account"),
        (&anon, "/signin", "Sign in"),
        (&anon, "/signup", "Sign up"),
    ];
    for (reader, path, link) in table {
        let page = reader.open(path).await;
        assert_eq!(page.body.matches("aria-current").count(), 1, "{path}");
        let marked = page.body.split("<a ").find(|link| link.contains("aria-current=\"page\"")).expect("a mark");
        assert!(marked.split("</a>").next().is_some_and(|words| words.contains(link)), "{path}: {marked}");
    }
    // No link of the header leads to this page.
    assert!(!alice.open("/balance").await.body.contains("aria-current"));
}
