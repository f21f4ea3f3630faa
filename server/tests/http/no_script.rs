//! Forms as a browser without JavaScript sends them: every answer is a redirect to a page.

use domain::{
    testing::{self, TestBackend},
    tickets::restore::RESTORE_WITHIN,
};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person, listing_at, lock_form, lock_form_at},
    site::{PUBLIC_URL, Site, account},
};

/// Follows a refused form back to its page.
async fn led_back(person: &Person, sent: &Answer, from: &str) -> Answer {
    let back = sent
        .location()
        .strip_prefix(PUBLIC_URL)
        .unwrap_or_else(|| panic!("leads to another site: {}", sent.location()));
    assert_eq!(sent.status, 302, "{}", sent.body);
    assert!(back.starts_with(&format!("{from}?")) && back.contains("__path=") && back.contains("__err="), "{back}");
    person.open(back).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_error_comes_back_beside_its_field(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let before = site.snapshot().await;
    let sent = alice.submit("/tickets/new", "/rpc/list_ticket", &listing_at("0.10")).await;
    let page = led_back(&alice, &sent, "/tickets/new").await;
    page.assert_status(200);
    assert_eq!(page.of_id("price-error"), "The lowest price is $0.50.");
    assert!(page.field("price").contains("aria-invalid=\"true\""), "{}", page.field("price"));
    assert!(page.field("price").contains("price-error"), "described by its error: {}", page.field("price"));
    assert!(!page.field("title").contains("aria-invalid"), "{}", page.field("title"));
    assert_eq!(site.snapshot().await, before);
    // What was typed is there again, and not on a form that was not refused.
    assert!(page.field("price").contains("value=\"0.10\""), "{}", page.field("price"));
    for (name, typed) in
        listing_at("0.10").into_iter().filter(|(name, _)| ["title", "venue", "starts_at"].contains(name))
    {
        assert!(page.field(name).contains(&format!("value=\"{typed}\"")), "{}", page.field(name));
    }
    assert!(page.body.contains("<option value=\"concert\" selected"), "{}", page.body);
    let afresh = alice.open("/tickets/new").await;
    assert!(afresh.field("price").contains("value=\"\""), "{}", afresh.field("price"));

    let anon = site.visitor();
    let sent = anon.submit("/signup", "/rpc/sign_up", &[("email", "ana + é"), ("password", "short")]).await;
    let page = led_back(&anon, &sent, "/signup").await;
    assert!(page.field("email").contains("value=\"ana + é\""), "{}", page.field("email"));
    assert!(!page.body.contains("short\""), "{}", page.field("password"));
    assert_eq!(page.of_id("email-error"), "Enter an email address, like ana@example.com.");
    assert_eq!(page.of_id("password-error"), "Use at least 8 characters.");
    anon.submit("/signup", "/rpc/sign_up", &account("bob")).await;
    let sent = anon.submit("/signup/code", "/rpc/enter_code", &[("code", "12 34")]).await;
    let page = led_back(&anon, &sent, "/signup/code").await;
    assert_eq!(page.of_id("code-error"), "That is not the code in the newest email.");
    assert!(page.field("code").contains("value=\"12 34\""), "{}", page.field("code"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn limit_of_the_event_comes_back_with_its_number(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.max_tickets_per_event = 1;
    let site = Site::changed(backend, |_| ());
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let (one, other) = (alice.list().await, alice.list().await);
    bob.lock(&one).await;
    let refused = bob.post("/rpc/lock_ticket", &lock_form(&other)).await;
    assert_eq!(refused.refusal(), (409, "event_limit".to_owned()), "{}", refused.body);
    let from = format!("/tickets/{other}");
    let sent = bob.submit(&from, "/rpc/lock_ticket", &lock_form(&other)).await;
    let page = led_back(&bob, &sent, &from).await.words();
    assert!(page.contains("The most is 1, with those that you have or that are reserved for you."), "{page}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_error_of_no_field_comes_back_above_the_form(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let anon = site.visitor();
    let sent = anon.submit("/signin", "/rpc/sign_in", &[("email", "alice@example.com"), ("password", "a guess")]).await;
    let page = led_back(&anon, &sent, "/signin").await;
    assert_eq!(page.of_class("notice notice-error"), "That email and password do not match.");

    let ticket = alice.list().await;
    let from = format!("/tickets/{ticket}");
    bob.lock(&ticket).await;
    let sent = carol.submit(&from, "/rpc/lock_ticket", &lock_form(&ticket)).await;
    let page = led_back(&carol, &sent, &from).await;
    assert!(
        page.of_class("notice notice-error").starts_with("Someone is paying for this ticket right now."),
        "{}",
        page.words()
    );
    assert!(page.status_words().starts_with("Reserved until"), "{}", page.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_success_leads_on(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let (alice, bob) = (site.visitor(), site.sign_up("bob").await);
    assert_eq!(alice.submit("/signup", "/rpc/sign_up", &account("alice")).await.redirect(), (302, "/signup/code"));
    let code = site.mailed_code(&smtp).await;
    // The link in the mail fills the form in.
    let page = alice.open(&format!("/signup/code?code={code}")).await;
    assert!(page.field("code").contains(&format!("value=\"{code}\"")), "{}", page.field("code"));
    page.assert_status(200).assert_has("strong", "alice@example.com");
    let elsewhere = site.visitor().open(&format!("/signup/code?code={code}")).await;
    elsewhere.assert_status(200).assert_has("h1", "This code does not work here");
    let entered = alice.submit("/signup/code", "/rpc/enter_code", &[("code", code)]).await;
    assert_eq!(entered.redirect(), (302, "/"));
    assert_eq!(alice.open("/").await.of_id("said"), "Welcome to GitTix. You are signed in.");
    assert_eq!(alice.submit("/", "/rpc/sign_out", &[("", "")]).await.redirect(), (302, "/"));
    assert_eq!(alice.submit("/signin", "/rpc/sign_in", &account("alice")).await.redirect(), (302, "/"));

    let listed = alice.submit("/tickets/new", "/rpc/list_ticket", &listing_at("20")).await;
    let ticket_page = listed.location().to_owned();
    let ticket = ticket_page.strip_prefix("/tickets/").unwrap_or_else(|| panic!("leads to {ticket_page}"));
    assert_eq!(listed.status, 302);
    // Said once
    assert_eq!(alice.open(&ticket_page).await.of_id("said"), "Your listing is on sale.");
    assert_eq!(alice.open(&ticket_page).await.of_id("said"), "");
    let edit = [vec![("ticket", ticket.to_owned()), ("version", "1".to_owned())], listing_at("30")].concat();
    assert_eq!(
        alice.submit(&format!("{ticket_page}/edit"), "/rpc/edit_ticket", &edit).await.redirect(),
        (302, &*ticket_page)
    );

    let locked = bob.submit(&ticket_page, "/rpc/lock_ticket", &lock_form_at(ticket, "2", "3000")).await;
    let order_page = locked.location().to_owned();
    let order = order_page.strip_prefix("/orders/").unwrap_or_else(|| panic!("leads to {order_page}"));
    assert_eq!(locked.status, 302);
    assert_eq!(bob.submit(&order_page, "/rpc/cancel_order", &[("order", order)]).await.redirect(), (302, &*order_page));
    let cancelled = bob.open(&order_page).await;
    assert_eq!(cancelled.status_words(), "Cancelled");
    cancelled.assert_has("button", "Reserve again");
    let [version, price_cents, count, seat] =
        ["version", "price_cents", "count", "tickets[]"].map(|it| cancelled.value(it));
    let again =
        [("ticket", ticket), ("version", version), ("price_cents", price_cents), ("count", count), ("tickets[]", seat)];
    let reserved = bob.submit(&order_page, "/rpc/lock_ticket", &again).await;
    assert!(
        reserved.location().starts_with("/orders/") && reserved.location() != order_page,
        "{}",
        reserved.location()
    );
    let order = reserved.location().trim_start_matches("/orders/");
    bob.submit(reserved.location(), "/rpc/cancel_order", &[("order", order)]).await;

    assert_eq!(
        alice.submit(&ticket_page, "/rpc/withdraw_ticket", &[("ticket", ticket)]).await.redirect(),
        (302, "/listings")
    );
    assert_eq!(alice.open(&ticket_page).await.status_words(), "Withdrawn");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_withdrawal_is_undone_in_time(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let ticket = alice.list().await;
    let page = format!("/tickets/{ticket}");
    let withdraw = async || {
        alice.submit(&page, "/rpc/withdraw_ticket", &[("ticket", ticket.as_str())]).await;
        alice.open("/listings").await
    };
    let undo = async |listings: &Answer| {
        let form = [("ticket", ticket.as_str()), ("seat", listings.value("seat"))];
        alice.submit("/listings", "/rpc/restore_ticket", &form).await
    };
    let listings = withdraw().await;
    assert_eq!(listings.of_id("said"), "Your listing is withdrawn.");
    listings.assert_has("button", "Undo");
    assert_eq!(undo(&listings).await.redirect(), (302, &*page));
    assert_eq!(alice.open(&page).await.of_id("said"), "Your listing is back on sale.");

    let listings = withdraw().await;
    alice.open(&page).await.assert_has("button", "Put back on sale");
    testing::let_time_pass(site.db(), RESTORE_WITHIN.unsigned_abs()).await;
    let back = led_back(&alice, &undo(&listings).await, "/listings").await;
    assert_eq!(back.of_class("notice notice-error"), model::Code::RestoreTooLate.words());
    assert!(!alice.open(&page).await.body.contains("Put back on sale"));
}

/// A page's address may have been written by anybody; the words on the page are ours all the same.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_error_in_the_address_says_nothing_of_its_own(db: PgPool) {
    let anon = Site::without_stripe(db).visitor();
    // {"errors":[{"message":"Call 555-0100 and read out your password","code":"internal"}]}
    let forged = "eyJlcnJvcnMiOlt7Im1lc3NhZ2UiOiJDYWxsIDU1NS0wMTAwIGFuZCByZWFkIG91dCB5b3VyIHBhc3N3b3JkIiwiY29kZSI6ImludGVybmFsIn1dfQ==";
    let page = anon.open(&format!("/signin?__path=/rpc/sign_in&__err={forged}")).await;
    assert_eq!(page.of_class("notice notice-error"), model::Code::Internal.words());
    assert!(!page.words().contains("555-0100"), "{}", page.words());
    for nonsense in ["%00", "bm90IGpzb24=", "%3Cscript%3Ealert(1)%3C/script%3E"] {
        let page = anon.open(&format!("/signin?__path=/rpc/sign_in&__err={nonsense}")).await;
        page.assert_status(200).assert_has("button", "Sign in");
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}
