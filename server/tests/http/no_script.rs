//! Forms as a browser without JavaScript sends them: every answer is a redirect to a page.

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

    let anon = site.visitor();
    let sent = anon.submit("/signup", "/rpc/sign_up", &[("email", "ana"), ("password", "short")]).await;
    let page = led_back(&anon, &sent, "/signup").await;
    assert_eq!(page.of_id("email-error"), "Enter an email address, like ana@example.com.");
    assert_eq!(page.of_id("password-error"), "Use at least 8 characters.");
    let sent = anon.submit("/signup", "/rpc/sign_up", &account("alice")).await;
    let page = led_back(&anon, &sent, "/signup").await;
    assert_eq!(page.of_id("email-error"), "There is already an account with this email.");
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
    assert!(page.status_words().starts_with("Locked until"), "{}", page.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_success_leads_on(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.visitor(), site.visitor());
    let in_and_out = [("/signup", "/rpc/sign_up"), ("/signin", "/rpc/sign_in")];
    for (from, path) in in_and_out {
        assert_eq!(alice.submit(from, path, &account("alice")).await.redirect(), (302, "/"));
        assert_eq!(alice.submit("/", "/rpc/sign_out", &[("", "")]).await.redirect(), (302, "/"));
    }
    alice.submit("/signin", "/rpc/sign_in", &account("alice")).await;
    bob.submit("/signup", "/rpc/sign_up", &account("bob")).await;

    let listed = alice.submit("/tickets/new", "/rpc/list_ticket", &listing_at("20")).await;
    let ticket_page = listed.location().to_owned();
    let ticket = ticket_page.strip_prefix("/tickets/").unwrap_or_else(|| panic!("leads to {ticket_page}"));
    assert_eq!(listed.status, 302);
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
    assert_eq!(bob.open(&order_page).await.status_words(), "Cancelled");

    assert_eq!(
        alice.submit(&ticket_page, "/rpc/withdraw_ticket", &[("ticket", ticket)]).await.redirect(),
        (302, "/listings")
    );
    assert_eq!(alice.open(&ticket_page).await.status_words(), "Withdrawn");
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
