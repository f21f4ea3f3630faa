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
    for (path, name) in [("/rpc/sign_up", "alice"), ("/rpc/sign_in", "alice"), ("/rpc/sign_up", "bob")] {
        let form = [&account(name)[..], &[("next", "/tickets/new?a=1&b=2".to_owned())]].concat();
        let signed_in = site.visitor().submit("/signin", path, &form).await;
        assert_eq!(signed_in.redirect(), (302, "/tickets/new?a=1&b=2"), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn never_leads_to_another_site(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
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
