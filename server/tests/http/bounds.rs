//! What is refused before it reaches a server function.

use std::time::Duration;

use axum::http::Method;
use insta::assert_snapshot;
use platform::database::bounded;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    person::{Answer, HTML, JSON, Person, listing_at},
    site::{PUBLIC_URL, Site},
};

/// A form's body as it stands.
async fn post_raw(person: &Person, path: &str, body: Vec<u8>) -> Answer {
    let form = person.server().post(path).bytes(body.into()).content_type("application/x-www-form-urlencoded");
    form.add_header("accept", JSON).add_header("origin", PUBLIC_URL).await.into()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_cannot_be_read_is_refused_in_the_shared_shape(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    for body in [
        "",
        "ticket=nonsense&price_cents=1",
        "price_cents=1",
        "ticket",
        "{}",
        "ticket=\u{0}",
        "ticket=%ff&price_cents=4950",
    ] {
        let refused = post_raw(&alice, "/rpc/lock_ticket", body.into()).await;
        assert_eq!(
            refused.line(),
            r#"422 {"errors":[{"message":"This request could not be understood.","code":"invalid_input"}]}"#,
            "{body:?}"
        );
    }
    let not_text = post_raw(&alice, "/rpc/lock_ticket", vec![0xff, 0xfe]).await;
    assert_eq!(not_text.refusal(), (422, "invalid_input".to_owned()));
    let no_id = alice.read("/rpc/show_order?order=nonsense").await;
    assert_eq!(no_id.refusal(), (422, "invalid_input".to_owned()));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn unknown_endpoints_and_methods_are_refused_in_the_shared_shape(db: PgPool) {
    let site = Site::without_stripe(db);
    let anon = site.visitor();
    for path in ["/rpc/no_such_function", "/rpc/lock_ticket/", "/api/v1/no_such_thing"] {
        for answer in [anon.read(path).await, anon.post(path, &[("a", "b")]).await] {
            assert_eq!(
                answer.line(),
                r#"404 {"errors":[{"message":"There is nothing at this address.","code":"not_found"}]}"#,
                "{path}"
            );
        }
    }
    assert_snapshot!(
        anon.read("/rpc/lock_ticket").await.line(),
        @r#"405 {"errors":[{"message":"This address does not accept this kind of request.","code":"method_not_allowed"}]}"#
    );
    for (method, path) in [
        (Method::POST, "/rpc/show_home"),
        (Method::DELETE, "/rpc/lock_ticket"),
        (Method::GET, "/webhooks/stripe"),
        (Method::POST, "/orders"),
    ] {
        let refused = Answer::from(anon.server().method(method, path).add_header("accept", JSON).await);
        assert_eq!(refused.refusal(), (405, "method_not_allowed".to_owned()), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_person_gets_a_page_in_place_of_the_shape(db: PgPool) {
    let site = Site::without_stripe(db);
    let page = site.visitor().open("/rpc/lock_ticket").await;
    assert_eq!(
        (page.status, page.header("content-type"), page.title().as_str()),
        (405, "text/html; charset=utf-8", "Something went wrong · GitTix")
    );
    page.assert_has("p", "This address does not accept this kind of request.").assert_has("a", "Tickets on sale");
}

/// Proves the bound on bodies: without it the whole of a body is read, and the answer is a 422.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn no_form_is_larger_than_64_kib(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let before = site.snapshot().await;
    let with_title = |length: usize| {
        let mut form = listing_at("20");
        form[0].1 = "a".repeat(length);
        form
    };
    let too_large = alice.post("/rpc/list_ticket", &with_title(64 * 1024)).await;
    assert_snapshot!(too_large.line(), @r#"413 {"errors":[{"message":"This request is larger than this address accepts.","code":"body_too_large"}]}"#);
    let large = alice.post("/rpc/list_ticket", &with_title(63 * 1024)).await;
    assert_eq!(large.refusal(), (422, "too_long".to_owned()));
    let page = alice.server().post("/rpc/list_ticket").form(&with_title(64 * 1024)).add_header("accept", HTML).await;
    assert_eq!(Answer::from(page).title(), "Something went wrong · GitTix");
    assert_eq!(site.snapshot().await, before);
}

/// Proves that every 503 says when to come back: one from a server function, from a page, and from a probe.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn without_a_connection_it_says_when_to_come_back(db: PgPool) {
    let few = PgPoolOptions::new().max_connections(2).acquire_timeout(Duration::from_secs(2));
    let pool = few.connect_lazy_with(bounded((*db.connect_options()).clone()));
    let site = Site::without_stripe(pool.clone());
    let anon = site.visitor();
    assert_eq!(anon.read("/rpc/show_home").await.status, 200);

    let taken = [pool.acquire().await.expect("a connection"), pool.acquire().await.expect("a connection")];
    let refused = anon.read("/rpc/show_home").await;
    assert_eq!(refused.refusal(), (503, "unavailable".to_owned()));
    for answer in [refused, anon.open("/").await, anon.read("/readyz").await] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    }
    drop(taken);
    assert_eq!(anon.read("/rpc/show_home").await.status, 200);
}
