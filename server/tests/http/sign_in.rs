//! Where signing in and up lead, whatever the address asks for.

use sqlx::PgPool;

use crate::site::{Site, account};

/// What an attacker writes behind `/signin?next=` to have the visitor end on another site.
const ELSEWHERE: [&str; 12] = [
    "https://evil.example",
    "https:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%0d%0aLocation: https://evil.example\r\n",
    "/orders\r\nSet-Cookie: gittix=stolen",
    "javascript:alert(1)",
    "evil.example",
    "",
];

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn leads_to_where_the_visitor_was(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let form = [&account("alice")[..], &[("next", "/tickets/new?a=1&b=2".to_owned())]].concat();
    let signed_in = site.visitor().submit("/signin", "/rpc/sign_in", &form).await;
    assert_eq!(signed_in.redirect(), (302, "/tickets/new?a=1&b=2"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn never_leads_to_another_site(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let form = [&account("bob")[..], &[("next", ELSEWHERE[0].to_owned())]].concat();
    let bob = site.visitor();
    bob.submit("/signup", "/rpc/sign_up", &form).await;
    let code = [("code", site.mailed_code(&smtp).await)];
    assert_eq!(bob.submit("/signup/code", "/rpc/enter_code", &code).await.redirect(), (302, "/"));
    for next in ELSEWHERE {
        let form = [&account("alice")[..], &[("next", next.to_owned())]].concat();
        let signed_in = site.visitor().submit("/signin", "/rpc/sign_in", &form).await;
        assert_eq!(signed_in.redirect(), (302, "/"), "{next:?}");
        let called = site.visitor().post("/rpc/sign_in", &form).await;
        assert_eq!(called.redirect(), (200, "/"), "{next:?}");
        assert!(!called.header("set-cookie").contains("stolen"), "{next:?}");
    }
}

/// The form carries the way on only where it stays here, and so does the link to the other form.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_form_carries_a_local_way_on_only(db: PgPool) {
    let anon = Site::without_stripe(db).visitor();
    for page in ["/signin", "/signup"] {
        let here = anon.open(&format!("{page}?next=/orders")).await;
        assert!(here.field("next").contains("value=\"/orders\""), "{}", here.field("next"));
        for next in ELSEWHERE {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            let elsewhere = anon.open(&format!("{page}?{query}")).await;
            elsewhere.assert_status(200);
            assert!(!elsewhere.body.contains("name=\"next\""), "{page} carries {next:?}");
        }
    }
    anon.open("/signin?next=/orders").await.assert_has("a", "Create an account");
}

/// The address that the form of a listing leads a stranger to.
fn sign_up_to_buy(ticket: &str, price_cents: i64, count: usize) -> String {
    format!("/signup?ticket={ticket}&version=1&price_cents={price_cents}&count={count}")
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_stranger_signs_up_beside_the_ticket_and_comes_to_the_order(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let ticket = site.sign_up("alice").await.list().await;
    let page = site.visitor().open(&sign_up_to_buy(&ticket, 4950, 1)).await;
    page.assert_status(200).assert_has("p", "$49.50").assert_has("p", "1 ticket");
    let next = format!("/tickets/{ticket}?version=1&price_cents=4950&count=1");
    assert!(page.field("next").contains(&next.replace('&', "&amp;")), "{}", page.field("next"));
    page.assert_has("a", "Go to sign-in");

    let stranger = site.visitor();
    let form = [&account("bob")[..], &[("next", next)]].concat();
    let sent = stranger.submit("/signup", "/rpc/sign_up", &form).await;
    assert_eq!(sent.redirect(), (302, "/signup/code"));
    let code = [("code", site.mailed_code(&smtp).await)];
    let signed_up = stranger.submit("/signup/code", "/rpc/enter_code", &code).await;
    let order = signed_up.location().to_owned();
    assert_eq!(signed_up.redirect(), (302, &*order));
    assert!(order.starts_with("/orders/"), "{order}");
    stranger.open(&order).await.assert_status(200);
    assert!(site.visitor().open(&format!("/tickets/{ticket}")).await.status_words().starts_with("Reserved until"));
}

/// The account is made all the same, and the page of the listing says why nothing is reserved.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_refused_purchase_is_explained_after_signing_up(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let alice = site.sign_up("alice").await;
    let ticket = alice.list().await;
    let wanted = |name: &str, price_cents: i64| {
        let next = format!("/tickets/{ticket}?version=1&price_cents={price_cents}&count=1");
        [&account(name)[..], &[("next", next)]].concat()
    };
    let bob = site.visitor();
    bob.submit("/signup", "/rpc/sign_up", &wanted("bob", 100)).await;
    let code = vec![("code", site.mailed_code(&smtp).await)];
    let before = site.snapshot().await;
    for (reader, path, form, words) in [
        (bob, "/rpc/enter_code", code, "The price has changed. It is now $49.50."),
        (site.visitor(), "/rpc/sign_in", wanted("alice", 4950), "This is your own ticket."),
    ] {
        let signed_in = reader.submit("/signup/code", path, &form).await;
        assert_eq!(signed_in.status, 302);
        assert!(signed_in.location().starts_with(&format!("/tickets/{ticket}?__path=")), "{}", signed_in.location());
        let page = reader.open(signed_in.location()).await;
        assert_eq!(page.assert_status(200).of_class("notice notice-error"), words);
    }
    let unknown = site.visitor().open(&sign_up_to_buy("0190d1d0-0000-7000-8000-000000000001", 4950, 1)).await;
    unknown.assert_status(200).assert_has("button", "Sign up");
    assert_eq!(site.snapshot().await, before, "nothing is locked");
}
