//! The page of a search.

use domain::testing;
use model::tickets::ListingInput;
use sqlx::PgPool;

use crate::{
    events::event_page,
    person::{Person, listing},
    site::Site,
};

async fn list(seller: &Person, input: ListingInput) -> String {
    seller.post("/rpc/list_ticket", &listing(&input)).await.id_after("/tickets/")
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn search_finds_events_and_leads_to_them(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let ticket = alice.list().await;
    let path = event_page(&anon, &ticket).await;
    anon.open("/").await.assert_has("button", "Search");

    let page = anon.open("/search?q=ros&city=berl&max=50&category=").await;
    page.assert_status(200).assert_has("h2", "Sigur Rós");
    assert_eq!(page.title(), "Search: ros · GitTix");
    assert!(page.body.contains(&format!("href=\"{path}\"")), "{}", page.body);
    for words in ["1 ticket from", "$49.50"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    assert!(page.body.contains("value=\"ros\"") && page.body.contains("value=\"berl\""), "{}", page.body);

    let page = anon.open("/search?q=siggur+ros").await;
    assert!(page.words().contains("Showing results for sigur ros"), "{}", page.words());
    page.assert_has("h2", "Sigur Rós");

    for address in ["/search?q=xyzzy", "/search?q=ros&max=49", "/search?together=2"] {
        let page = anon.open(address).await;
        page.assert_status(200).assert_has("h2", "No tickets found");
        assert!(page.words().contains("All events"), "{address}");
    }
}

/// Proves that a page after the first keeps the search, and of a misspelt one what was found instead.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn next_page_has_the_same_search(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    for n in 0..22 {
        list(&alice, ListingInput { title: format!("Night {n}"), ..testing::listing_input() }).await;
    }
    let page = anon.open("/search?q=nigt&max=60").await;
    // The link after the list; the links above it choose other searches.
    let (_, rest) = page.body.rsplit_once("href=\"/search?").expect("a next page");
    let next = format!("/search?{}", rest.split('"').next().expect("its end").replace("&amp;", "&"));
    assert!(next.contains("q=night") && next.contains("max=60"), "{next}");
    let page = anon.open(&next).await;
    assert_eq!(page.texts("h2").iter().filter(|heading| heading.starts_with("Night")).count(), 2, "{}", page.words());
    page.assert_has("a", "First page");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_searched_for_is_text(db: PgPool) {
    let site = Site::without_stripe(db);
    let page = site.visitor().open("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&city=%3Cb%3E%00").await;
    page.assert_status(200);
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>"), "{}", page.body);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn choices_change_one_field_each(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    for category in ["concert", "sports"] {
        let (title, category) = (format!("Night of {category}"), category.into());
        list(&alice, ListingInput { title, category, ..testing::listing_input() }).await;
    }
    let page = anon.open("/search?q=night&max=60").await;
    page.assert_status(200).assert_has("p", "2 events");
    let link = |address: &str| page.body.contains(&format!("href=\"{}\"", address.replace('&', "&amp;")));
    assert!(link("/search?category=sports&max=60&q=night"), "{}", page.body);
    assert!(link("/search?city=Berlin&max=60&q=night"), "{}", page.body);
    let page = anon.open("/search?category=sports&max=60&q=night").await;
    page.assert_has("p", "1 event");
    assert!(page.body.contains("href=\"/search?max=60&amp;q=night\""), "a choice can be taken back: {}", page.body);
    assert!(page.body.contains("href=\"/search?category=concert&amp;max=60&amp;q=night\""), "{}", page.body);
}

/// Proves that the home page begins with the city that was searched in last, for this browser only.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn home_begins_with_the_city_of_the_last_search(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    list(&alice, ListingInput { city: "Łódź".into(), ..testing::listing_input() }).await;
    assert!(!anon.open("/").await.words().contains("Soon in"));
    for nothing in ["/search?city=Paris", "/search?q=sigur"] {
        anon.open(nothing).await.assert_status(200);
        assert!(!anon.open("/").await.words().contains("Soon in"), "{nothing}");
    }
    anon.open("/search?city=lodz").await.assert_status(200);
    assert!(anon.open("/").await.words().contains("Soon in Łódź"), "{}", anon.open("/").await.words());
    assert!(!site.visitor().open("/").await.words().contains("Soon in"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn event_leads_to_its_venue(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let listing = alice.list().await;
    let event = crate::events::event_page(&anon, &listing).await;
    let page = anon.open(&event).await;
    let (_, rest) = page.body.split_once("href=\"/venues/").expect("a venue");
    let venue = format!("/venues/{}", rest.split('"').next().expect("its end"));
    let page = anon.open(&venue).await;
    page.assert_status(200).assert_has("h1", "Tempodrom").assert_has("h2", "Sigur Rós");
    let digits = venue.rsplit('-').next().expect("digits");
    let led = anon.open(&format!("/venues/an-old-name-{digits}")).await;
    assert_eq!((led.status, led.header("location")), (308, &*venue));
    for unknown in ["/venues/x", "/venues/tempodrom-000000000000"] {
        anon.open(unknown).await.assert_status(404);
    }
}
