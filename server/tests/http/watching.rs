//! Watching an event or a listing: what people see and can press.

use sqlx::PgPool;

use crate::{
    events::event_page,
    person::{Answer, Person},
    site::{PUBLIC_URL, Site},
};

/// Alice's ticket, and Bob, who watches.
struct Setup {
    site: Site,
    bob: Person,
    ticket: String,
    listing: String,
    event: String,
}

impl Setup {
    async fn set(db: PgPool) -> Self {
        let site = Site::without_stripe(db);
        let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
        let ticket = alice.list().await;
        let event = event_page(&site.visitor(), &ticket).await;
        let listing = format!("/tickets/{ticket}");
        Self { site, bob, ticket, listing, event }
    }

    fn slug(&self) -> &str {
        self.event.strip_prefix("/events/").expect("an event's page")
    }

    async fn watch(&self, under: &str, at_once: &str) -> Answer {
        let form = [("event", self.slug()), ("under", under), ("at_once", at_once)];
        self.bob.submit(&self.event, "/rpc/watch_event", &form).await
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_event_is_watched_changed_and_left_without_javascript(db: PgPool) {
    let setup = Setup::set(db).await;
    let page = setup.bob.open(&setup.event).await;
    page.assert_has("h2", "Tell me when").assert_has("button", "Watch event").assert_lacks("button", "Stop watching");
    assert_eq!(setup.watch("45", "true").await.redirect(), (302, &*setup.event));

    let page = setup.bob.open(&setup.event).await;
    assert_eq!(page.of_id("said"), "You are watching. We mail you as soon as there is news, at most once an hour.");
    page.assert_has(
        "p",
        "You watch this event. We mail you at once when tickets for $45.00 or less are listed or become cheaper.",
    );
    page.assert_has("button", "Save changes").assert_lacks("button", "Watch event");
    assert_eq!(page.value("under"), "45.00");
    assert_eq!(setup.watch("", "false").await.redirect(), (302, &*setup.event));
    let page = setup.bob.open(&setup.event).await;
    page.assert_has("p", "You watch this event. We mail you once a day when tickets are listed or become cheaper.");

    let form = [("watch", page.value("watch")), ("next", &*setup.event)];
    let stopped = setup.bob.submit(&setup.event, "/rpc/stop_watch", &form).await;
    assert_eq!(stopped.redirect(), (302, &*setup.event));
    let page = setup.bob.open(&setup.event).await;
    assert_eq!(page.of_id("said"), "You no longer watch it.");
    page.assert_has("button", "Watch event");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_refused_price_comes_back_as_typed(db: PgPool) {
    let setup = Setup::set(db).await;
    let sent = setup.watch("a lot", "true").await;
    let back = sent.location().strip_prefix(PUBLIC_URL).expect("our own page");
    assert!(back.starts_with(&format!("{}?", setup.event)), "{back}");
    let page = setup.bob.open(back).await;
    assert_eq!(page.of_id("under-error"), "Enter the price in dollars, like 19.99.");
    assert_eq!(page.value("under"), "a lot");
    page.assert_has("button", "Watch event");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_visitor_is_led_to_sign_in_and_back(db: PgPool) {
    let setup = Setup::set(db).await;
    let visitor = setup.site.visitor();
    let page = visitor.open(&setup.event).await;
    page.assert_lacks("button", "Watch event");
    let link = format!("href=\"/signin?next={}\"", setup.event);
    assert!(page.body.contains(&link), "{link} is not in {}", page.body);
    let page = visitor.open(&setup.listing).await;
    page.assert_has("button", "Watch listing");
    assert_eq!(page.value("next"), setup.listing);
    assert_eq!(visitor.open("/watching").await.redirect(), (302, "/signin?next=/watching"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_listing_is_watched_and_the_page_shows_what_is_ones_own(db: PgPool) {
    let setup = Setup::set(db).await;
    let (bob, carol) = (&setup.bob, setup.site.sign_up("carol").await);
    bob.open("/watching").await.assert_has("h2", "You do not watch anything yet");
    setup.site.sign_in("alice").await.open(&setup.listing).await.assert_lacks("button", "Watch listing");
    bob.open(&setup.listing).await.assert_has("button", "Watch listing");
    let sent = bob.submit(&setup.listing, "/rpc/watch_listing", &[("ticket", &setup.ticket)]).await;
    assert_eq!(sent.redirect(), (302, "/watching"));

    let page = bob.open("/watching").await;
    assert_eq!(
        (page.title().as_str(), page.of_id("said")),
        ("Watching · GitTix", "You are watching. We mail you once a day, if there is news.".into())
    );
    page.assert_has("a", "Sigur Rós").assert_has("p", "$49.50").assert_has("button", "Mail me at once");
    page.assert_has("p", "Once a day: when its price drops, or it is on sale again");
    let watch = page.value("watch").to_owned();
    carol.open("/watching").await.assert_has("h2", "You do not watch anything yet");
    for (path, form) in [
        ("/rpc/set_watch", vec![("watch", &*watch), ("at_once", "true")]),
        ("/rpc/stop_watch", vec![("watch", &*watch)]),
    ] {
        assert_eq!(carol.submit("/watching", path, &form).await.redirect(), (302, "/watching"));
    }
    bob.open("/watching").await.assert_has("button", "Mail me at once");

    let form = [("watch", &*watch), ("at_once", "true")];
    assert_eq!(bob.submit("/watching", "/rpc/set_watch", &form).await.redirect(), (302, "/watching"));
    bob.open("/watching").await.assert_has("button", "Mail me once a day");
    for next in ["//evil.example/", "https://evil.example/"] {
        let form = [("watch", &*watch), ("next", next)];
        assert_eq!(bob.submit("/watching", "/rpc/stop_watch", &form).await.redirect(), (302, "/watching"));
    }
    bob.open("/watching").await.assert_has("h2", "You do not watch anything yet");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_started_event_is_not_watched(db: PgPool) {
    let setup = Setup::set(db).await;
    domain::testing::let_time_pass(setup.site.db(), domain::testing::UNTIL_THE_EVENT).await;
    let bob = setup.site.sign_in("bob").await;
    bob.open(&setup.event).await.assert_lacks("h2", "Tell me when");
    bob.open(&setup.listing).await.assert_lacks("button", "Watch listing");
    let form = [("event", setup.slug())];
    assert_eq!(bob.post("/rpc/watch_event", &form).await.refusal(), (409, "event_started".to_owned()));
}
