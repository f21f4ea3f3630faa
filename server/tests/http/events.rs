//! The page of an event.

use domain::testing;
use model::tickets::ListingInput;
use sqlx::PgPool;

use crate::{
    person::{Person, listing},
    site::Site,
};

/// The address of the event that a listing is for.
pub(crate) async fn event_page(person: &Person, listing: &str) -> String {
    let shown = person.read(&format!("/rpc/show_ticket?ticket={listing}")).await.json();
    format!("/events/{}", shown["event"].as_str().expect("an event"))
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn event_shows_its_listings_and_is_linked_from_them(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let first = alice.list().await;
    let cheaper = ListingInput { price: "20".into(), seat: "20-23".into(), ..testing::listing_input() };
    let cheaper = alice.post("/rpc/list_ticket", &listing(&cheaper)).await.id_after("/tickets/");
    let path = event_page(&anon, &first).await;

    let page = anon.open(&path).await;
    page.assert_status(200).assert_has("h1", "Sigur Rós");
    assert!(page.title().starts_with("Sigur Rós, Berlin, "), "{}", page.title());
    for words in ["from $20.00", "5 tickets on sale", "1-4 tickets together"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    let at = |listing: &str| page.body.find(&format!("/tickets/{listing}")).expect("a link");
    assert!(at(&cheaper) < at(&first));

    let order = bob.lock(&first).await;
    for from in [format!("/tickets/{first}"), format!("/orders/{order}")] {
        let page = bob.open(&from).await;
        assert!(page.body.contains(&format!("href=\"{path}\"")), "{from}: {}", page.words());
    }
    assert!(anon.open(&path).await.words().contains("Reserved until"));

    testing::let_time_pass(site.db(), testing::UNTIL_THE_EVENT).await;
    let page = anon.open(&path).await;
    assert_eq!(page.status, 308, "the date in the address is the day that the event has moved to");
    anon.open(page.location()).await.assert_has("h2", "This event has started");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn old_address_leads_to_the_event_and_unknown_one_is_not_found(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let ticket = alice.list().await;
    let path = event_page(&alice, &ticket).await;
    let anon = site.visitor();
    let digits = path.rsplit('-').next().expect("digits");
    for old in [format!("/events/{digits}"), format!("/events/another-title-{digits}")] {
        assert_eq!(anon.open(&old).await.redirect(), (308, &*path), "{old}");
    }
    for unknown in ["/events/sigur-ros-000000000000", "/events/x", "/events/%00"] {
        let page = anon.open(unknown).await;
        assert_eq!((page.status, page.title().as_str()), (404, "Not found · GitTix"), "{unknown}");
    }

    alice.post("/rpc/withdraw_ticket", &[("ticket", &ticket)]).await.assert_status(200);
    anon.open(&path).await.assert_status(200).assert_has("h2", "No tickets on sale for this event");
}
