//! How pages are found from outside: what they say of themselves, `robots.txt`, the sitemap, and preview images.

use domain::{
    catalogue::{cancel_event::cancel_event, move_event::move_event},
    ids::fresh,
    testing,
};
use model::{ListingId, tickets::ListingInput};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    events::event_page,
    person::{Answer, JSON, Person, listing},
    site::{PUBLIC_URL, Site},
};

/// What `name` is in the head of a page: of the first tag with it, the value of `wanted`.
fn tag(page: &Answer, name: &str, wanted: &str) -> Option<String> {
    let (head, _) = page.body.split_once("</head>").expect("a head");
    let tag = head.split('<').find(|tag| tag.contains(name))?;
    let (_, value) = tag.split_once(&format!("{wanted}=\""))?;
    let value = value.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[track_caller]
fn content(page: &Answer, name: &str) -> String {
    tag(page, name, "content").unwrap_or_else(|| panic!("no {name}: {}", page.body))
}

fn canonical(page: &Answer) -> Option<String> {
    tag(page, "rel=\"canonical\"", "href")
}

fn is_listed(page: &Answer) -> bool {
    !tag(page, "name=\"robots\"", "content").is_some_and(|robots| robots.contains("noindex"))
}

#[track_caller]
fn json_ld(page: &Answer) -> Value {
    let (_, data) = page.body.split_once("application/ld+json\">").expect("a block of data");
    let (data, _) = data.split_once("</script>").expect("its end");
    serde_json::from_str(data).expect("JSON")
}

async fn list(seller: &Person, input: ListingInput) -> String {
    seller.post("/rpc/list_ticket", &listing(&input)).await.id_after("/tickets/")
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn event_and_listing_describe_themselves(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let first = alice.list().await;
    let cheaper = ListingInput { price: "20".into(), seat: "20-23".into(), ..testing::listing_input() };
    list(&alice, cheaper).await;
    let path = event_page(&anon, &first).await;
    let url = format!("{PUBLIC_URL}{path}");

    let page = anon.open(&path).await;
    assert!(
        page.title().starts_with("Sigur Rós, Berlin, ") && page.title().ends_with(", 20:00 · GitTix"),
        "{}",
        page.title()
    );
    let description = content(&page, "name=\"description\"");
    assert!(description.starts_with("Tickets for Sigur Rós at "), "{description}");
    assert!(description.ends_with(", 20:00. 5 tickets on sale, from $20.00."), "{description}");
    assert_eq!(canonical(&page), Some(url.clone()));
    assert!(is_listed(&page));
    for (name, value) in [
        ("property=\"og:url\"", &*url),
        ("property=\"og:image\"", &format!("{url}/preview.png")),
        ("property=\"og:description\"", &description),
        ("property=\"og:image:width\"", "1200"),
        ("name=\"twitter:card\"", "summary_large_image"),
    ] {
        assert_eq!(content(&page, name), value, "{name}");
    }
    for language in ["en", "x-default"] {
        assert_eq!(tag(&page, &format!("hreflang=\"{language}\""), "href"), Some(url.clone()), "{language}");
    }
    let data = json_ld(&page);
    assert_eq!((&data["@type"], &data["name"], &data["url"]), (&"Event".into(), &"Sigur Rós".into(), &(*url).into()));
    let starts = data["startDate"].as_str().expect("a start");
    assert!(starts.ends_with("+01:00") || starts.ends_with("+02:00"), "{starts}");
    assert_eq!(data["location"]["address"]["addressLocality"], "Berlin");
    assert_eq!(data["eventStatus"], "https://schema.org/EventScheduled");
    let offers = &data["offers"];
    for (name, value) in [
        ("lowPrice", "20.00"),
        ("highPrice", "49.50"),
        ("priceCurrency", "USD"),
        ("availability", "https://schema.org/InStock"),
    ] {
        assert_eq!(offers[name], value, "{name}");
    }
    assert_eq!(offers["offerCount"], 5);

    let page = anon.open(&format!("/tickets/{first}")).await;
    assert_eq!(canonical(&page), Some(format!("{PUBLIC_URL}/tickets/{first}")));
    assert_eq!(content(&page, "property=\"og:image\""), format!("{url}/preview.png"));
    let data = json_ld(&page);
    assert_eq!((&data["url"], &data["offers"]["price"]), (&(*url).into(), &"49.50".into()));
    bob.lock(&first).await;
    let data = json_ld(&anon.open(&format!("/tickets/{first}")).await);
    assert_eq!(data["offers"]["availability"], "https://schema.org/LimitedAvailability");

    testing::let_time_pass(site.db(), testing::UNTIL_THE_EVENT).await;
    let moved = event_page(&anon, &first).await;
    let data = json_ld(&anon.open(&moved).await);
    assert!(data.get("offers").is_none(), "{data}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn moved_event_and_cancelled_event_say_so_at_their_address(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let ticket = alice.list().await;
    let old = event_page(&anon, &ticket).await;
    let before = json_ld(&anon.open(&old).await)["startDate"].clone();
    let order = bob.lock(&ticket).await;
    let slug = |path: &str| path.trim_start_matches("/events/").to_owned();
    let to = testing::local_time_in_days(40);
    let moved = move_event(site.db(), &slug(&old), &to, "").await.expect("moves");

    assert_eq!(anon.open(&old).await.redirect(), (308, &*format!("/events/{moved}")));
    let page = anon.open(&format!("/events/{moved}")).await;
    assert!(page.words().contains("Moved from"), "{}", page.words());
    let data = json_ld(&page);
    assert_eq!(data["eventStatus"], "https://schema.org/EventRescheduled");
    assert_eq!(data["previousStartDate"], before);
    let page = bob.open(&format!("/orders/{order}")).await;
    assert!(page.words().contains("The event was moved. It now starts on"), "{}", page.words());

    cancel_event(site.db(), &moved).await.expect("cancels");
    let page = anon.open(&format!("/events/{moved}")).await;
    page.assert_has("h2", "This event is cancelled");
    assert_eq!(page.status_words(), "Event cancelled");
    let data = json_ld(&page);
    assert_eq!(data["eventStatus"], "https://schema.org/EventCancelled");
    assert!(data.get("offers").is_none(), "{data}");
    let page = anon.open(&format!("/tickets/{ticket}")).await;
    assert_eq!((page.status, page.status_words()), (200, "Event cancelled".to_owned()));
    let page = bob.open(&format!("/orders/{order}")).await;
    page.assert_has("h2", "Your event is cancelled");
    assert!(page.words().contains("You were not charged."), "{}", page.words());
    anon.open("/").await.assert_has("h2", "Nothing on sale right now");
}

/// Proves the escaping of JSON-LD: without it the title ends the block, and what follows is a script.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn hostile_title_stays_text_in_every_tag(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let title = "</script><script>alert(1)</script>\" onload=\"x";
    let ticket = list(&alice, ListingInput { title: title.into(), ..testing::listing_input() }).await;
    for path in [event_page(&alice, &ticket).await, format!("/tickets/{ticket}")] {
        let page = site.visitor().open(&path).await;
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        assert_eq!(json_ld(&page)["name"], title, "{path}");
        assert!(content(&page, "property=\"og:title\"").starts_with(title), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn public_pages_are_listed_and_private_ones_are_not(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let ticket = alice.list().await;
    for path in ["/", "/search", "/terms", "/how-it-works", "/help"] {
        let page = anon.open(path).await;
        assert!(is_listed(&page), "{path}");
        assert_eq!(canonical(&page), Some(format!("{PUBLIC_URL}{path}")), "{path}");
        assert_eq!(content(&page, "property=\"og:image\""), format!("{PUBLIC_URL}/preview.png"), "{path}");
        assert_eq!(page.body.matches("name=\"description\"").count(), 1, "{path}");
    }
    assert_eq!(canonical(&anon.open("/?done=account").await).as_deref(), Some("https://gittix.example/"));
    let later = "/search?after=1_01890a5d-ac96-774b-bcce-b302099a8057";
    let edit = format!("/tickets/{ticket}/edit");
    for path in
        ["/listings", "/orders", "/account", "/signin", "/tickets/new", "/search?q=ros", later, &edit, "/nowhere"]
    {
        let page = alice.open(path).await;
        assert!(!is_listed(&page), "{path}");
        assert_eq!(canonical(&page), None, "{path}");
        assert!(!content(&page, "name=\"description\"").is_empty(), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn withdrawn_listing_is_gone_for_strangers_alone(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let path = format!("/tickets/{ticket}");
    alice.post("/rpc/withdraw_ticket", &[("ticket", &ticket)]).await.assert_status(200);
    for stranger in [&bob, &site.visitor()] {
        let page = stranger.open(&path).await;
        page.assert_status(410).assert_has("h1", "Sigur Rós").assert_has("a", "All tickets for this event");
        assert!(page.of_class("status ").starts_with("Withdrawn") && !is_listed(&page), "{}", page.words());
    }
    alice.open(&path).await.assert_status(200);
    bob.read(&format!("/rpc/show_ticket?ticket={ticket}")).await.assert_status(200);
    let unknown = format!("/tickets/{}", fresh::<ListingId>());
    bob.open(&unknown).await.assert_status(404);

    let bought = alice.list().await;
    bob.lock(&bought).await;
    testing::set_ticket_status(site.db(), bought.parse().expect("an id"), "sold").await;
    bob.open(&format!("/tickets/{bought}")).await.assert_status(200);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn capital_letters_lead_to_the_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let ticket = site.sign_up("alice").await.list().await;
    let anon = site.visitor();
    let event = event_page(&anon, &ticket).await;
    for (path, led) in [
        (format!("/Tickets/{}", ticket.to_uppercase()), format!("/tickets/{ticket}")),
        (format!("{}/?Ref=A", event.to_uppercase()), format!("{event}?Ref=A")),
        ("/SignIn?next=/Orders".into(), "/signin?next=/Orders".into()),
        ("/Terms".into(), "/terms".into()),
    ] {
        assert_eq!(anon.open(&path).await.redirect(), (308, &*led), "{path}");
    }
    for path in ["//EVIL.example/", "//Evil.example", "/%5CEvil.example//"] {
        assert_eq!(anon.open(path).await.location(), "", "{path}");
    }
    let head = anon.server().method(axum::http::Method::HEAD, "/SignIn").await;
    assert_eq!(head.status_code(), 308);
    let posted = anon.server().post("/Rpc/sign_out").add_header("accept", JSON).await;
    assert_eq!(posted.status_code(), 404);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn robots_and_sitemap_name_what_is_public(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let read = async |path: &str| anon.read(path).await;
    let robots = read("/robots.txt").await;
    assert_eq!((robots.status, robots.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(robots.body.contains(&format!("\nSitemap: {PUBLIC_URL}/sitemap.xml\n")), "{}", robots.body);
    for private in ["/rpc/", "/orders", "/account", "/tickets/*/edit"] {
        assert!(robots.body.contains(&format!("Disallow: {private}\n")), "{private}: {}", robots.body);
    }

    let ticket = alice.list().await;
    let event = event_page(&anon, &ticket).await;
    let index = read("/sitemap.xml").await;
    assert_eq!((index.status, index.header("content-type")), (200, "application/xml; charset=utf-8"));
    assert_eq!(index.header("cache-control"), "public, max-age=3600");
    for name in ["pages", "events-1"] {
        assert!(index.body.contains(&format!("<loc>{PUBLIC_URL}/sitemap/{name}.xml</loc>")), "{}", index.body);
    }
    let pages = read("/sitemap/pages.xml").await;
    for path in ["/", "/search", "/terms"] {
        assert!(pages.body.contains(&format!("<loc>{PUBLIC_URL}{path}</loc>")), "{}", pages.body);
    }
    let events = read("/sitemap/events-1.xml").await;
    assert_eq!(events.status, 200);
    assert!(events.body.starts_with("<?xml ") && events.body.ends_with("</urlset>\n"), "{}", events.body);
    assert_eq!(events.body.matches("<loc>").count(), 1, "{}", events.body);
    assert!(events.body.contains(&format!("<loc>{PUBLIC_URL}{event}</loc>")), "{}", events.body);
    for unknown in ["events-2", "events-0", "events-01", "events--1", "events-", "events-x", "x"] {
        read(&format!("/sitemap/{unknown}.xml")).await.assert_status(404);
    }

    testing::let_time_pass(site.db(), testing::UNTIL_THE_EVENT).await;
    assert!(!read("/sitemap/events-1.xml").await.body.contains("<loc>"), "the event has started");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn preview_image_is_drawn_kept_and_bound_to_an_event(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    let title = "مهرجان 東京 🎸 <b>& Friends of a Very Long Title That Does Not Fit";
    let ticket = list(&alice, ListingInput { title: title.into(), ..testing::listing_input() }).await;
    let event = event_page(&anon, &ticket).await;
    let image = format!("{event}/preview.png");
    for path in [&*image, "/preview.png"] {
        let drawn = anon.server().get(path).await;
        assert_eq!(
            (drawn.status_code().as_u16(), drawn.header("content-type")),
            (200, "image/png".parse().expect("a value")),
            "{path}"
        );
        assert_eq!(drawn.as_bytes()[..8], *b"\x89PNG\r\n\x1a\n", "{path}");
        assert_eq!(drawn.as_bytes()[16..24], [0, 0, 0x04, 0xb0, 0, 0, 0x02, 0x76], "{path}: 1200 x 630");
        assert_eq!(drawn.header("cache-control"), "public, max-age=300", "{path}");
        assert_eq!(drawn.header("cross-origin-resource-policy"), "cross-origin", "{path}");
        let tag = drawn.header("etag");
        for known in [tag.to_str().expect("text"), "\"x\", *", "W/\"y\""] {
            let again = anon.server().get(path).add_header("if-none-match", known).await;
            let status = if known.starts_with("W/") { 200 } else { 304 };
            assert_eq!((again.status_code().as_u16(), again.header("etag")), (status, tag.clone()), "{path} {known}");
        }
    }
    let digits = event.rsplit('-').next().expect("digits");
    assert_eq!(anon.open(&format!("/events/another-{digits}/preview.png")).await.redirect(), (308, &*image));
    for unknown in ["/events/sigur-ros-000000000000/preview.png", "/events/x/preview.png"] {
        assert_eq!(anon.read(unknown).await.refusal(), (404, "event_not_found".to_owned()), "{unknown}");
    }
}
