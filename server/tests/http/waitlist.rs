//! The waitlist and the limits of a buyer: what people see and can press.

use domain::testing;
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    person::{Answer, Person, lock_form},
    site::Site,
};

/// Alice's ticket, locked by Bob; Carol and Dave are here, too.
struct Setup {
    site: Site,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
    ticket: String,
    page: String,
    order: String,
}

impl Setup {
    async fn set(db: PgPool) -> Self {
        let site = Site::without_stripe(db);
        let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
        let (carol, dave) = (site.sign_up("carol").await, site.sign_up("dave").await);
        let ticket = alice.list().await;
        let order = bob.lock(&ticket).await;
        let page = format!("/tickets/{ticket}");
        Self { site, alice, bob, carol, dave, ticket, page, order }
    }

    async fn press(&self, person: &Person, path: &str) -> Answer {
        person.submit(&self.page, path, &[("ticket", &self.ticket)]).await
    }

    async fn sees(&self, person: &Person) -> Answer {
        person.open(&self.page).await
    }
}

/// What `/rpc/lock_ticket` answers.
async fn try_to_lock(person: &Person, ticket: &str) -> Answer {
    person.post("/rpc/lock_ticket", &lock_form(ticket)).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn people_join_and_leave_without_javascript(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.sees(&setup.carol).await.assert_has("button", "Join the waitlist");
    setup.sees(&setup.site.visitor()).await.assert_has("button", "Join the waitlist");
    for person in [&setup.alice, &setup.bob] {
        setup.sees(person).await.assert_lacks("button", "Join the waitlist");
    }
    for person in [&setup.carol, &setup.dave] {
        assert_eq!(setup.press(person, "/rpc/join_line").await.redirect(), (302, &*setup.page));
    }
    let daves = setup.sees(&setup.dave).await;
    daves.assert_has("strong", "You are number 2 on the waitlist").assert_has("button", "Leave the waitlist");
    assert!(daves.status_words().starts_with("Reserved until"), "{}", daves.words());
    assert!(setup.sees(&setup.alice).await.words().contains("2 people are on the waitlist."));

    assert_eq!(setup.press(&setup.carol, "/rpc/leave_line").await.redirect(), (302, &*setup.page));
    setup.sees(&setup.carol).await.assert_has("button", "Join the waitlist");
    setup.sees(&setup.dave).await.assert_has("strong", "You are number 1 on the waitlist");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn every_page_says_what_is_locked_for_its_reader(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.press(&setup.carol, "/rpc/join_line").await;
    // What the open page asks: whether there will be something to tell.
    let follows = async |person: &Person| person.read("/rpc/current_user").await.json()["is_waiting"].clone();
    assert_eq!((follows(&setup.carol).await, follows(&setup.dave).await), (true.into(), false.into()));
    setup.bob.post("/rpc/cancel_order", &[("order", &setup.order)]).await.assert_status(200);

    let user = setup.carol.read("/rpc/current_user").await.json();
    let left_ms = user["locked_order"]["left_ms"].as_i64().expect("the ticket is offered to her");
    assert!((890_000..=900_000).contains(&left_ms) && user["is_waiting"] == false, "{user}");
    let orders = setup.carol.read("/rpc/my_orders").await.json();
    let order = orders["open"][0]["id"].as_str().expect("her order").to_owned();
    for path in ["/", "/orders", "/tickets/new", &*setup.page] {
        let page = setup.carol.open(path).await;
        let notice = page.of_class("notice lock-notice");
        assert!(notice.starts_with("It is your turn: Sigur Rós is reserved for you until "), "{path}: {notice:?}");
        page.assert_has("a", "Pay now");
        assert!(page.body.contains(&format!("href=\"/orders/{order}\"")), "{path}");
    }
    let hers = setup.carol.open(&format!("/orders/{order}")).await;
    assert_eq!(hers.of_class("notice lock-notice"), "", "there she sees it already");
    for person in [&setup.bob, &setup.dave, &setup.site.visitor()] {
        assert_eq!(person.open("/").await.of_class("notice lock-notice"), "");
    }
    // One who has locked tickets by the button finds the way back from every page, on every device.
    let order = setup.dave.lock(&setup.alice.list().await).await;
    let page = setup.dave.open("/").await;
    let notice = page.of_class("notice lock-notice");
    assert!(notice.starts_with("Sigur Rós is reserved for you until "), "{notice:?}");
    assert!(page.body.contains(&format!("href=\"/orders/{order}\"")), "{order}");
    testing::let_time_pass(setup.site.db(), setup.site.backend.rules.lock_length).await;
    for person in [&setup.carol, &setup.dave] {
        assert_eq!(person.open("/").await.of_class("notice lock-notice"), "", "the time is up");
    }
}

/// The lock has run out and no job has come by: the ticket is the first one's, who need not wait.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_first_of_the_waitlist_can_buy_as_the_lock_ends(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.press(&setup.carol, "/rpc/join_line").await;
    testing::let_time_pass(setup.site.db(), setup.site.backend.rules.lock_length).await;
    for person in [&setup.alice, &setup.dave, &setup.site.visitor()] {
        let page = setup.sees(person).await;
        assert!(page.status_words().starts_with("Reserved until"), "{}", page.words());
        page.assert_lacks("button", "Buy ticket").assert_lacks("a", "Edit listing");
        person.open("/").await.assert_lacks("a", "Sigur Rós");
    }
    setup.sees(&setup.carol).await.assert_has("button", "Buy ticket");
    assert_eq!(try_to_lock(&setup.dave, &setup.ticket).await.refusal(), (409, "ticket_locked".to_owned()));
    setup.carol.lock(&setup.ticket).await;
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_cap_is_explained_with_a_way_on(db: PgPool) {
    let mut backend = testing::TestBackend::without_stripe(db);
    backend.rules.max_active_locks = 1;
    let site = Site::changed(backend, |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    bob.lock(&alice.list().await).await;
    let second = alice.list().await;
    assert_eq!(try_to_lock(&bob, &second).await.refusal(), (409, "too_many_locks".to_owned()));
    let page = format!("/tickets/{second}");
    let sent = bob.submit(&page, "/rpc/lock_ticket", &lock_form(&second)).await;
    let back = bob.open(sent.location().strip_prefix(crate::site::PUBLIC_URL).expect("our own page")).await;
    let notice = back.of_class("notice notice-error");
    assert!(notice.starts_with("You would hold more unpaid tickets than you can at one time."), "{notice:?}");
    assert!(back.body.contains("<a rel=\"external\" href=\"/orders\">My orders"), "{}", back.body);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_cool_down_says_until_when(db: PgPool) {
    let setup = Setup::set(db).await;
    try_to_lock(&setup.carol, &setup.ticket).await.assert_status(409);
    testing::let_time_pass(setup.site.db(), setup.site.backend.rules.lock_length).await;
    let refused = try_to_lock(&setup.bob, &setup.ticket).await;
    assert_eq!(refused.refusal(), (409, "cool_down".to_owned()));
    let error: Value = refused.json();
    let message = error["errors"][0]["message"].as_str().expect("words");
    assert!(message.contains("You can try again at ") && message.ends_with(" UTC."), "{message}");
    assert!(error["errors"][0]["free_at_ms"].is_i64(), "{error}");

    let sent = setup.bob.submit(&setup.page, "/rpc/lock_ticket", &lock_form(&setup.ticket)).await;
    let back = setup.bob.open(sent.location().strip_prefix(crate::site::PUBLIC_URL).expect("our own page")).await;
    assert_eq!(back.of_class("notice notice-error"), message);
}
