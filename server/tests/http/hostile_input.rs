//! What an attacker types, into every field and every address.

use app::App;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum_test::TestServer;
use domain::ids::fresh;
use domain::testing;
use leptos_axum::generate_route_list;
use sqlx::PgPool;

use crate::{
    person::{Answer, JSON, Person, listing},
    site::{PUBLIC_URL, Site},
    stripe::{GOOD_CARD, confirm},
};

/// A tag that no page of the site has, short enough for a seat's number.
const TAG: &str = "<x-y>";

/// The fields of the listing form that take whatever is typed.
const TEXT_FIELDS: [&str; 6] = ["title", "venue", "city", "section", "row", "seat"];

/// The listing form with something else in one field.
fn listing_with(field: &str, value: &str) -> Vec<(&'static str, String)> {
    let mut form = listing(&testing::listing_input());
    let typed = form.iter_mut().find(|(name, _)| *name == field).expect("a field of the form");
    value.clone_into(&mut typed.1);
    form
}

#[track_caller]
fn assert_shows_as_text(page: &Answer, path: &str) {
    assert!(!page.body.contains(TAG), "{path} carries a tag of somebody else's: {}", page.body);
}

/// Proves the escaping of each field on each page that shows it, scripts with the page's data included.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_typed_into_a_listing_is_text_on_every_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    for field in TEXT_FIELDS {
        let listed = alice.post("/rpc/list_ticket", &listing_with(field, &format!("{TAG}\"'&"))).await;
        let ticket_page = listed.assert_status(200).location();
        let order_page = format!("/orders/{}", bob.lock(ticket_page.strip_prefix("/tickets/").expect("a page")).await);
        let edit_page = format!("{ticket_page}/edit");
        for (person, path) in [
            (&alice, "/"),
            (&alice, "/listings"),
            (&alice, ticket_page),
            (&alice, &edit_page),
            (&bob, "/orders"),
            (&bob, &order_page),
        ] {
            let page = person.open(path).await;
            assert_shows_as_text(page.assert_status(200), &format!("{field} on {path}"));
        }
        let page = bob.open(&order_page).await;
        assert!(page.words().contains(TAG), "{field} is not on the order's page: {}", page.words());
        bob.post("/rpc/cancel_order", &[("order", &order_page["/orders/".len()..])]).await.assert_status(200);
    }
}

/// And on those of a waitlist and a sale.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_typed_into_a_listing_is_text_on_a_waitlist_and_a_sale(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let mut form = listing(&testing::listing_input());
    for (name, value) in &mut form {
        if TEXT_FIELDS.contains(name) {
            *value = format!("{TAG}\"'&");
        }
    }
    let listed = alice.post("/rpc/list_ticket", &form).await;
    let ticket = listed.assert_status(200).location().strip_prefix("/tickets/").expect("a page").to_owned();
    let bobs = bob.lock(&ticket).await;
    carol.post("/rpc/join_line", &[("ticket", &ticket)]).await.assert_status(200);
    let orders = carol.open("/orders").await;
    assert!(orders.words().contains("on the waitlist"), "she does not see her waitlist: {}", orders.words());
    assert_shows_as_text(&orders, "the list of orders");

    bob.post("/rpc/cancel_order", &[("order", &bobs)]).await.assert_status(200);
    let offer = carol.open("/").await;
    assert!(offer.of_class("notice lock-notice").contains(TAG), "the ticket is offered to her: {}", offer.words());
    assert_shows_as_text(&offer, "the notice of an offer");

    let order = carol.lock(&ticket).await;
    let card_form = carol.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&stripe, &card_form, GOOD_CARD).await;
    carol.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    for path in [format!("/tickets/{ticket}/sale"), "/balance".to_owned()] {
        let page = alice.open(&path).await;
        assert!(page.assert_status(200).words().contains(TAG), "the title is not on {path}: {}", page.words());
        assert_shows_as_text(&page, &path);
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_stands_in_an_address_is_text_on_every_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let (anon, alice) = (site.visitor(), site.sign_up("alice").await);
    let names = ["q", "next", "after", "category", "token", "email", "__path", "__err", "payment_intent"];
    for route in generate_route_list(App) {
        let path = route.path().replace("{id}", "%3Cx-y%3E");
        for name in names {
            let address = format!("{path}?{name}=%3Cx-y%3E%22%27");
            for person in [&anon, &alice] {
                let page = person.open(&address).await;
                assert_ne!(page.status, 500, "{address}");
                assert_shows_as_text(&page, &address);
                assert!(!page.location().contains('<'), "{address} leads to {}", page.location());
            }
        }
    }
}

/// An account's address is shown to nobody but its owner, and as text.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_address_is_text_where_it_is_shown(db: PgPool) {
    let site = Site::without_stripe(db);
    let mallory = site.visitor();
    let form = [("email", "<x-y>@example.com"), ("password", "the horse of mallory")];
    let signed_up = mallory.post("/rpc/sign_up", &form).await;
    assert!(signed_up.status == 200 || signed_up.status == 422, "{}", signed_up.line());
    for path in ["/", "/signup/code"] {
        assert_shows_as_text(&mallory.open(path).await, path);
    }
}

/// Quotes, wildcards, control characters, right-to-left marks, and more than any field takes.
fn hostile_texts() -> Vec<String> {
    let short = [
        "'; DROP TABLE tickets; --",
        "%",
        "_",
        "\\",
        "\0",
        "a\0b",
        "\r\nSet-Cookie: gittix=x",
        "\u{202e}",
        "{{7*7}}",
        "${x}",
    ];
    short.map(str::to_owned).into_iter().chain(["x".repeat(10_000), "é".repeat(5_000)]).collect()
}

/// A refusal in the shared shape, or what was asked for; never a fault of ours.
#[track_caller]
fn assert_understood_or_refused(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {}", answer.line());
    if answer.status >= 400 {
        answer.refusal();
    }
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    let is_of_session = |cookie: &&HeaderValue| cookie.as_bytes().starts_with(b"gittix=");
    assert!(!cookies.iter().any(is_of_session), "{what}: {cookies:?}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn every_field_of_a_form_takes_or_refuses_whatever_is_typed(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, anon) = (site.sign_up("alice").await, site.visitor());
    for text in hostile_texts() {
        for (field, _) in listing(&testing::listing_input()) {
            let listed = alice.post("/rpc/list_ticket", &listing_with(field, &text)).await;
            assert_understood_or_refused(&listed, &format!("{field} {text:?}"));
            if listed.status == 200 && TEXT_FIELDS.contains(&field) {
                let page = alice.open(listed.location()).await;
                assert!(
                    page.words().contains(text.trim().trim_matches('\u{202e}')),
                    "{field} {text:?} became something else: {}",
                    page.words()
                );
            }
        }
        for form in [[("email", text.as_str()), ("password", "x")], [("email", "a@example.com"), ("password", &text)]] {
            assert_understood_or_refused(&anon.post("/rpc/sign_in", &form).await, &format!("signing in with {text:?}"));
        }
        for (path, form) in [
            ("/rpc/sign_up", vec![("email", text.as_str()), ("password", "short")]),
            ("/rpc/sign_up", vec![("email", "alice@example.com"), ("password", &text)]),
            ("/rpc/enter_code", vec![("code", &text)]),
            ("/rpc/mail_sign_in_code", vec![("email", &text), ("next", &text)]),
            ("/rpc/enter_mailed_code", vec![("code", &text)]),
            ("/rpc/forgot_password", vec![("email", &text)]),
            ("/rpc/open_reset", vec![("token", &text)]),
            ("/rpc/reset_password", vec![("new_password", &text)]),
        ] {
            assert_understood_or_refused(&anon.post(path, &form).await, &format!("{path} with {text:?}"));
        }
        // Guesses are counted elsewhere; here each is looked at.
        sqlx::query("DELETE FROM sign_in_attempts").execute(site.db()).await.expect("forgets");
        for (path, form) in [
            ("/rpc/change_password", vec![("current_password", text.as_str()), ("new_password", "a new horse")]),
            ("/rpc/change_password", vec![("current_password", "a guess"), ("new_password", &text)]),
            ("/rpc/delete_account", vec![("password", &text)]),
            ("/rpc/end_session", vec![("session", &text)]),
        ] {
            let refused = alice.post(path, &form).await;
            assert_understood_or_refused(&refused, &format!("{path} with {text:?}"));
            assert_eq!(refused.status, 422, "{path} with {text:?}: {}", refused.line());
        }
        for (path, name) in [
            ("/rpc/lock_ticket", "ticket"),
            ("/rpc/edit_ticket", "ticket"),
            ("/rpc/withdraw_ticket", "ticket"),
            ("/rpc/restore_ticket", "ticket"),
            ("/rpc/join_line", "ticket"),
            ("/rpc/leave_line", "ticket"),
            ("/rpc/cancel_order", "order"),
            ("/rpc/start_payment", "order"),
            ("/rpc/check_payment", "order"),
        ] {
            let form = [
                vec![(name, text.clone()), ("version", text.clone()), ("price_cents", text.clone())],
                listing(&testing::listing_input()),
            ];
            assert_understood_or_refused(&alice.post(path, &form.concat()).await, &format!("{path} with {text:?}"));
        }
        for (path, name) in [
            ("/rpc/show_venue", "slug"),
            ("/rpc/suggest", "q"),
            ("/rpc/show_ticket", "ticket"),
            ("/rpc/show_event", "slug"),
            ("/rpc/search_events", "q"),
            ("/rpc/search_events", "city"),
            ("/rpc/search_events", "from"),
            ("/rpc/search_events", "together"),
            ("/rpc/search_events", "in_hand"),
            ("/rpc/search_events", "after"),
            ("/rpc/show_sale", "ticket"),
            ("/rpc/my_balance", "before"),
            ("/rpc/show_order", "order"),
            ("/rpc/my_orders", "after"),
            ("/rpc/my_orders", "later"),
            ("/rpc/my_listings", "after"),
        ] {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, &text).finish();
            let read = alice.read(&format!("{path}?{query}")).await;
            assert_understood_or_refused(&read, &format!("{path} with {text:?}"));
        }
    }
    site.db().acquire().await.expect("the database is up");
    assert_eq!(testing::count(site.db(), "SELECT count(*) FROM users").await, 1);
}

/// Numbers and moments that one of this program and PostgreSQL knows, and the other does not.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn no_page_begins_after_what_there_is_not(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let nil = "00000000-0000-0000-0000-000000000000";
    let ends = ["-377705116800000000", "253402300799999999", "-9223372036854775808", "9223372036854775807"];
    for end in ends {
        for after in [format!("{end}_{nil}"), end.to_owned(), nil.to_owned()] {
            for path in [
                "/search?after",
                "/search?sort=cheapest&after",
                "/orders?after",
                "/orders?later",
                "/listings?after",
                "/balance?before",
            ] {
                let page = alice.open(&format!("{path}={after}")).await;
                assert!(page.status < 500, "{path}={after}: {}", page.status);
            }
            for path in [
                "show_venue?slug=x&after",
                "search_events?after",
                "my_orders?after",
                "my_orders?later",
                "my_listings?after",
                "my_balance?before",
            ] {
                let read = alice.read(&format!("/rpc/{path}={after}")).await;
                assert_understood_or_refused(&read, &format!("{path}={after}"));
            }
        }
    }
}

async fn post_raw(person: &Person, path: &str, body: &str) -> Answer {
    let form =
        person.server().post(path).bytes(body.to_owned().into()).content_type("application/x-www-form-urlencoded");
    form.add_header("accept", JSON).add_header("origin", PUBLIC_URL).await.into()
}

/// Bytes that are no UTF-8 come as the sign for that, and as nothing else.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_no_text_becomes_the_sign_for_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    for field in TEXT_FIELDS {
        let form = listing_with(field, "BYTES");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let listed = post_raw(&alice, "/rpc/list_ticket", &body.replace("BYTES", "%ff%fe")).await;
        let page = alice.open(listed.assert_status(200).location()).await;
        assert!(page.words().contains("\u{fffd}\u{fffd}"), "{field}: {}", page.words());
    }
}

/// Two answers to one question: neither is taken, so that no part of the way reads the other.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_field_that_comes_twice_is_refused(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let before = site.snapshot().await;
    for body in [
        format!("ticket={ticket}&version=1&price_cents=4950&price_cents=1"),
        format!("ticket={ticket}&ticket={}&version=1&price_cents=4950", fresh::<model::ListingId>()),
    ] {
        assert_eq!(
            post_raw(&bob, "/rpc/lock_ticket", &body).await.refusal(),
            (422, "invalid_input".to_owned()),
            "{body}"
        );
    }
    assert_eq!(site.snapshot().await, before);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn more_headers_than_a_browser_sends_are_refused(db: PgPool) {
    let site = Site::without_stripe(db);
    let server: TestServer = site.listening();
    let many = (0..150).fold(server.get("/"), |request, n| request.add_header(format!("x-{n}"), "a"));
    assert_eq!(many.await.status_code(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    server.get("/").await.assert_status_ok();
}
