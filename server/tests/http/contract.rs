//! The words and addresses that others hold on to: docs of the house, "Public contract".

use sqlx::PgPool;

use crate::{person::Answer, site::Site};

/// That the page has a label with these words and a field that it is for.
#[track_caller]
fn assert_labelled(page: &Answer, label: &str, name: &str) {
    page.assert_has("label", label);
    assert!(
        page.body.contains(&format!("<label for=\"{name}\"")) && page.field(name).contains(&format!("id=\"{name}\"")),
        "{label}"
    );
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn accounts(db: PgPool) {
    let site = Site::without_stripe(db);
    for (path, button) in [("/signup", "Sign up"), ("/signin", "Sign in")] {
        let page = site.visitor().open(path).await;
        assert_labelled(&page, "Email", "email");
        assert_labelled(&page, "Password", "password");
        page.assert_has("button", button).assert_has("a", "Sign up").assert_has("a", "Sign in");
    }
    let home = site.sign_up("alice").await.open("/").await;
    home.assert_has("a", "Sell a ticket")
        .assert_has("a", "My orders")
        .assert_has("a", "My listings")
        .assert_has("button", "Sign out");
    home.assert_lacks("a", "Sign in").assert_lacks("a", "Sign up");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn listing_and_editing(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let ticket = alice.list().await;
    let pages = [("/tickets/new".to_owned(), "List ticket"), (format!("/tickets/{ticket}/edit"), "Save changes")];
    let fields = [
        ("Event", "title"),
        ("Category", "category"),
        ("Venue", "venue"),
        ("City", "city"),
        ("Date and time", "starts_at"),
        ("Section", "section"),
        ("Row", "row"),
        ("Seat", "seat"),
        ("Price", "price"),
    ];
    for (path, button) in pages {
        let page = alice.open(&path).await;
        page.assert_has("button", button);
        for (label, name) in fields {
            assert_labelled(&page, label, name);
        }
    }
    let edit = alice.open(&format!("/tickets/{ticket}/edit")).await;
    for (name, value) in [("title", "Sigur Rós"), ("price", "49.50"), ("seat", "12"), ("version", "1")] {
        assert!(edit.field(name).contains(&format!("value=\"{value}\"")), "{}", edit.field(name));
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tickets(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let ticket = alice.list().await;
    let page = format!("/tickets/{ticket}");
    for person in [&anon, &bob] {
        person
            .open(&page)
            .await
            .assert_has("h1", "Sigur Rós")
            .assert_has("button", "Buy ticket")
            .assert_lacks("a", "Edit listing");
    }
    alice
        .open(&page)
        .await
        .assert_has("h1", "Sigur Rós")
        .assert_has("a", "Edit listing")
        .assert_lacks("button", "Buy ticket");
    anon.open("/").await.assert_has("a", "Sigur Rós");
    bob.lock(&ticket).await;
    for person in [&anon, &alice, &bob] {
        let locked = person.open(&page).await;
        assert!(locked.words().contains("Reserved until"), "{}", locked.words());
        locked.assert_lacks("button", "Buy ticket").assert_lacks("a", "Edit listing");
    }
    domain::testing::set_ticket_status(site.db(), ticket.parse().expect("an id"), "sold").await;
    let sold = anon.open(&page).await;
    assert!(sold.words().contains("Sold"), "{}", sold.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn orders(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let order = bob.lock(&ticket).await;
    let page = bob.open(&format!("/orders/{order}")).await;
    page.assert_has("button", "Pay $49.50").assert_has("button", "Cancel order");
    assert!(page.body.contains("role=\"timer\""), "{}", page.body);
    assert!(page.status_words().starts_with("Awaiting payment"), "{}", page.words());
    assert!(bob.open("/orders").await.words().contains("Awaiting payment"));

    bob.post("/rpc/cancel_order", &[("order", &order)]).await.assert_status(200);
    let cancelled = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(cancelled.status_words(), "Cancelled");
    cancelled.assert_lacks("button", "Cancel order").assert_has("a", "Back to the ticket");

    let order = bob.lock(&ticket).await;
    domain::testing::let_time_pass(site.db(), site.backend.rules.lock_length).await;
    let expired = bob.open(&format!("/orders/{order}")).await;
    assert_eq!(expired.status_words(), "Expired");
    assert!(!expired.body.contains("role=\"timer\""), "{}", expired.words());
}
