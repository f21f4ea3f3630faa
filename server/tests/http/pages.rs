//! Pages: status, title, headers, and who is led where.

use domain::{ids::fresh, testing};
use model::{ListingId, tickets::ListingInput};
use sqlx::PgPool;

use crate::{
    person::{Answer, JSON, Person, listing},
    site::Site,
};

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn each_has_its_status_and_title(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;
    let free = alice.list().await;
    let (ticket_page, order_page, edit_page) =
        (format!("/tickets/{ticket}"), format!("/orders/{order}"), format!("/tickets/{free}/edit"));
    let sale_page = format!("/tickets/{ticket}/sale");
    let (no_ticket, no_edit) =
        (format!("/tickets/{}", fresh::<ListingId>()), format!("/tickets/{}/edit", fresh::<ListingId>()));
    let table = [
        (&anon, "/", 200, "Tickets on sale · GitTix"),
        (&anon, &ticket_page, 200, "Sigur Rós · GitTix"),
        (&anon, &no_ticket, 404, "Not found · GitTix"),
        (&anon, "/tickets/nonsense", 404, "Not found · GitTix"),
        (&anon, "/signin", 200, "Sign in · GitTix"),
        (&anon, "/signup", 200, "Sign up · GitTix"),
        (&anon, "/no/such/page", 404, "Not found · GitTix"),
        (&anon, "/no-such-file.css", 404, "Not found · GitTix"),
        (&alice, "/tickets/new", 200, "Sell a ticket · GitTix"),
        (&alice, &edit_page, 200, "Edit listing · GitTix"),
        (&alice, &no_edit, 404, "Not found · GitTix"),
        (&alice, "/listings", 200, "My listings · GitTix"),
        (&alice, "/balance", 200, "Balance · GitTix"),
        (&alice, &sale_page, 200, "Sale: Sigur Rós · GitTix"),
        (&bob, &sale_page, 404, "Not found · GitTix"),
        (&alice, &order_page, 404, "Not found · GitTix"),
        (&bob, &edit_page, 403, "Not yours · GitTix"),
        (&bob, "/orders", 200, "My tickets · GitTix"),
        (&bob, "/watching", 200, "Watching · GitTix"),
        (&bob, "/account/mails", 200, "Your emails · GitTix"),
        (&bob, &order_page, 200, "Order: Sigur Rós · GitTix"),
        (&bob, "/orders/nonsense", 404, "Not found · GitTix"),
    ];
    for (person, path, status, title) in table {
        let page = person.open(path).await;
        assert_eq!((page.status, page.title().as_str()), (status, title), "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(page.header("x-request-id").len(), 36, "{path}");
        assert!(page.body.starts_with("<!DOCTYPE html>"), "{path}: {}", page.body);
        assert!(!page.texts("h1").is_empty(), "{path} has no heading");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn whoever_must_sign_in_is_led_there_and_back(db: PgPool) {
    let site = Site::without_stripe(db);
    let ticket = site.sign_up("alice").await.list().await;
    let edit_page = format!("/tickets/{ticket}/edit");
    let order_page = format!("/orders/{}", fresh::<model::OrderId>());
    let sale_page = format!("/tickets/{ticket}/sale");
    for path in [
        "/orders",
        "/watching",
        "/account/mails",
        "/listings",
        "/balance",
        "/tickets/new",
        &*edit_page,
        &*sale_page,
        &*order_page,
    ] {
        let led = site.visitor().open(path).await;
        assert_eq!(led.redirect(), (302, &*format!("/signin?next={path}")));
    }
    let led = site.visitor().open("/orders?after=1").await;
    assert_eq!(led.redirect(), (302, "/signin?next=/orders%3Fafter%3D1"));
}

/// Proves the redirects: without them a slash too many is a page with status 404, and an old link of the list is refused.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_address_that_is_nearly_right_leads_to_the_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let ticket = site.sign_up("alice").await.list().await;
    let anon = site.visitor();
    let table = [
        (format!("/tickets/{ticket}/"), 308, format!("/tickets/{ticket}")),
        ("/signin/?next=/orders".into(), 308, "/signin?next=/orders".into()),
        ("/nowhere/".into(), 308, "/nowhere".into()),
        ("/search?q=a&after=nonsense".into(), 302, "/search?q=a".into()),
    ];
    for (path, status, led) in table {
        assert_eq!(anon.open(&path).await.redirect(), (status, led.as_str()), "{path}");
    }
    // Neither is led to another site.
    for path in ["//evil.example/", "/%5Cevil.example//"] {
        assert_eq!(anon.open(path).await.location(), "", "{path}");
    }
    let posted = anon.server().post("/rpc/sign_out/").add_header("accept", JSON).await;
    assert_eq!(posted.status_code(), 404);
}

/// Proves the mending of Leptos' markup.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_page_ends_with_its_body_and_has_no_nonce_in_crossorigin(db: PgPool) {
    let site = Site::without_stripe(db);
    let ticket = site.sign_up("alice").await.list().await;
    for path in ["/".to_owned(), format!("/tickets/{ticket}"), "/no/such/page".to_owned()] {
        let page = site.visitor().open(&path).await;
        assert!(page.body.ends_with("</body></html>\n"), "{path}: {}", page.body);
        assert_eq!(page.body.matches("</body>").count(), 1, "{path}");
        let origins: Vec<_> =
            page.body.split(" crossorigin").skip(1).map(|rest| rest.split(['>', ' ']).next()).collect();
        assert!(
            !origins.is_empty() && origins.iter().all(|origin| *origin == Some("=\"anonymous\"")),
            "{path}: {origins:?}"
        );
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_ticket_says_whether_it_can_be_bought(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let [locked, withdrawn, sold, free] =
        [alice.list().await, alice.list().await, alice.list().await, alice.list().await];
    bob.lock(&locked).await;
    alice.post("/rpc/withdraw_ticket", &[("ticket", &withdrawn)]).await.assert_status(200);
    testing::set_ticket_status(site.db(), sold.parse().expect("an id"), "sold").await;
    let anon = site.visitor();
    let table = [
        (&free, "", true),
        (&locked, "Reserved until", false),
        (&withdrawn, "Withdrawn", false),
        (&sold, "Sold", false),
    ];
    for (ticket, words, can_be_bought) in table {
        let page = anon.open(&format!("/tickets/{ticket}")).await;
        page.assert_status(if words == "Withdrawn" { 410 } else { 200 });
        assert!(page.of_class("status ").starts_with(words), "{words}: {}", page.words());
        assert_eq!(page.texts("button").contains(&"Buy ticket".to_owned()), can_be_bought, "{words}");
    }
    testing::let_time_pass(site.db(), testing::UNTIL_THE_EVENT).await;
    let page = anon.open(&format!("/tickets/{free}")).await;
    assert_eq!((page.status, page.status_words()), (200, "Event started".to_owned()));
    anon.open("/").await.assert_has("h2", "Nothing on sale right now");
}

/// Proves the escaping of the title, which the framework leaves out: without it the script runs.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_somebody_wrote_is_text_and_nothing_else(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let title = "</title><script>alert('x')</script> & <b>\"Sons\"</b>";
    let form = listing(&ListingInput { title: title.into(), ..testing::listing_input() });
    let listed = alice.post("/rpc/list_ticket", &form).await;
    let ticket_page = listed.location();
    let assert_harmless = async |person: &Person, path: &str| {
        let page = person.open(path).await;
        page.assert_status(200);
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>\"Sons"), "{path}: {}", page.body);
    };
    for path in ["/", "/listings", ticket_page, &format!("{ticket_page}/edit")] {
        assert_harmless(&alice, path).await;
    }
    let page = alice.open(ticket_page).await;
    page.assert_has("h1", title);
    assert_eq!(page.title(), format!("{title} · GitTix"));

    let bob = site.sign_up("bob").await;
    let order = bob.lock(ticket_page.strip_prefix("/tickets/").expect("a ticket's page")).await;
    for path in ["/orders", &format!("/orders/{order}")] {
        assert_harmless(&bob, path).await;
    }
}

/// A reader of the page is told no more of a field than what is there.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_describes_a_field_is_on_the_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let refused = alice.submit("/tickets/new", "/rpc/list_ticket", &listing(&ListingInput::default())).await;
    let refused = refused.location().strip_prefix(crate::site::PUBLIC_URL).expect("our own page").to_owned();
    for (path, descriptions) in [("/tickets/new", 10), (&*refused, 16), ("/account", 1), ("/signin", 0)] {
        let page = alice.open(path).await;
        let described: Vec<_> = page.body.split("aria-describedby=\"").skip(1).collect();
        let ids: Vec<_> =
            described.iter().filter_map(|rest| rest.split('"').next()).flat_map(str::split_whitespace).collect();
        for id in &ids {
            assert!(page.body.contains(&format!(" id=\"{id}\"")), "{path}: {id} is not there");
        }
        assert_eq!(ids.len(), descriptions, "{path}: {ids:?}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn files_are_kept_and_what_is_personal_is_not(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let table = [
        ("/pkg/gittix.css", 200, "public, max-age=31536000, immutable"),
        ("/favicon.svg", 200, "no-cache"),
        ("/pkg/no-such-file.css", 404, "private, no-store"),
        ("/../Cargo.toml", 404, "private, no-store"),
        ("/rpc/my_orders", 200, "private, no-store"),
        ("/healthz", 200, "private, no-store"),
    ];
    for (path, status, kept) in table {
        let answer = Answer::from(alice.server().get(path).add_header("accept", JSON).await);
        assert_eq!((answer.status, answer.header("cache-control")), (status, kept), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn text_files_name_their_character_set(db: PgPool) {
    let text = Site::without_stripe(db).visitor().read("/notes.txt").await;
    assert_eq!((text.status, text.header("content-type")), (200, "text/plain; charset=utf-8"));
}

/// Buyer and seller read what concerns them; the seller's page does not name the buyer.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_timeline_is_told_to_buyer_and_seller(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    alice.open("/listings").await.assert_lacks("a", "View sale");
    let order = bob.lock(&ticket).await;
    let bobs = bob.open(&format!("/orders/{order}")).await;
    bobs.assert_has("h2", "Order history");
    assert!(bobs.words().contains("Reserved for you"), "{}", bobs.words());
    for page in ["/listings".to_owned(), format!("/tickets/{ticket}")] {
        alice.open(&page).await.assert_has("a", "View sale");
    }
    let alices = alice.open(&format!("/tickets/{ticket}/sale")).await;
    assert!(alices.words().contains("Reserved by a buyer"), "{}", alices.words());
    assert!(!alices.body.contains("bob@") && !alices.body.contains(&order), "{}", alices.words());
    bob.open(&format!("/tickets/{ticket}")).await.assert_lacks("a", "View sale");
}
