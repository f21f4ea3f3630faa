//! What another site sends in a signed-in visitor's name.

use axum::http::Method;
use axum_test::TestRequest;
use leptos::server_fn::axum::server_fn_paths;
use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person},
    site::{PUBLIC_URL, Site, account},
};

fn cancel(person: &Person, order: &str) -> TestRequest {
    person.server().post("/rpc/cancel_order").form(&[("order", order)])
}

async fn with_an_order(db: PgPool) -> (Site, Person, String) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let order = bob.lock(&alice.list().await).await;
    (site, bob, order)
}

/// Proves the CSRF layer: without it the order is cancelled.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn another_site_changes_nothing(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let before = site.snapshot().await;
    let attacks: [&[(&str, &str)]; 8] = [
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null")],
        // A sibling under the same domain is another site to us, and so is the site without TLS.
        &[("origin", "https://other.gittix.example"), ("sec-fetch-site", "same-site")],
        &[("origin", "http://gittix.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://gittix.example.evil.example")],
        &[("origin", "https://gittix.example:8443")],
    ];
    for headers in attacks {
        let request = headers.iter().fold(cancel(&bob, &order).add_header("accept", JSON), |request, (name, value)| {
            request.add_header(*name, *value)
        });
        let refused = Answer::from(request.await);
        assert_eq!(
            refused.line(),
            r#"403 {"errors":[{"message":"This request came from another site and was refused.","code":"cross_site"}]}"#,
            "{headers:?}"
        );
    }
    assert_eq!(site.snapshot().await, before);
}

/// Whatever the endpoint, and however the other site sends it: as a form, as text that needs no
/// permission of ours, with an origin or, where the browser holds it back, without.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn no_write_is_taken_from_another_site(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let before = site.snapshot().await;
    for (path, method) in server_fn_paths().filter(|(_, method)| *method == Method::POST) {
        for kind in ["application/x-www-form-urlencoded", "text/plain", "application/json", "multipart/form-data"] {
            for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
                let sent = bob.server().method(method.clone(), path).bytes(format!("order={order}").into());
                let sent = sent.content_type(kind).add_header("accept", JSON).add_header(name, value);
                assert_eq!(Answer::from(sent.await).refusal(), (403, "cross_site".to_owned()), "{path} {kind} {name}");
            }
        }
    }
    assert_eq!(site.snapshot().await, before);
}

/// A link, an image or a preloading browser asks by methods that must not change anything.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn no_write_is_done_by_another_method(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let before = site.snapshot().await;
    for (path, _) in server_fn_paths().filter(|(_, method)| *method == Method::POST) {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH, Method::DELETE] {
            let address = format!("{path}?order={order}");
            let refused = bob.server().method(method.clone(), &address).add_header("accept", JSON).await;
            assert_eq!(refused.status_code().as_u16(), 405, "{method} {path}");
        }
    }
    assert_eq!(site.snapshot().await, before);
    bob.open("/").await.assert_has("button", "Sign out");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_person_is_told_on_a_page(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let before = site.snapshot().await;
    let refused = Answer::from(
        cancel(&bob, &order).add_header("accept", HTML).add_header("origin", "https://evil.example").await,
    );
    refused.assert_has("p", "This request came from another site and was refused.").assert_has("a", "My orders");
    assert_eq!((refused.status, refused.header("content-type")), (403, "text/html; charset=utf-8"));
    assert_eq!(site.snapshot().await, before);
}

/// Signing a visitor in to the attacker's account, so that they enter their data there.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn another_site_signs_nobody_in(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("mallory").await;
    for path in ["/rpc/sign_in", "/rpc/sign_up", "/rpc/enter_code", "/rpc/sign_out"] {
        let victim = site.visitor();
        let refused = Answer::from(
            victim
                .server()
                .post(path)
                .form(&account("mallory"))
                .add_header("accept", JSON)
                .add_header("origin", "https://evil.example")
                .await,
        );
        assert_eq!((refused.refusal(), refused.header("set-cookie")), ((403, "cross_site".to_owned()), ""), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_sites_own_forms_pass(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let ticket = bob.read(&format!("/rpc/show_order?order={order}")).await.json()["tickets"]["listing"]
        .as_str()
        .expect("an id")
        .to_owned();
    let own: [&[(&str, &str)]; 5] = [
        &[("origin", PUBLIC_URL), ("sec-fetch-site", "same-origin")],
        // Where a proxy rewrites the host, and where none does.
        &[("origin", PUBLIC_URL)],
        &[("origin", "http://localhost")],
        &[("sec-fetch-site", "same-origin")],
        // No browser: it has no cookie but its own.
        &[],
    ];
    for headers in own {
        let order = bob.lock(&ticket).await;
        let request = headers.iter().fold(cancel(&bob, &order).add_header("accept", JSON), |request, (name, value)| {
            request.add_header(*name, *value)
        });
        assert_eq!(Answer::from(request.await).redirect(), (200, &*format!("/orders/{order}")), "{headers:?}");
    }
    drop(site);
}

/// Following a link from another site reads a page, and that is all that it does.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_link_from_another_site_opens_a_page(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    let before = site.snapshot().await;
    let link = |path: &str| {
        bob.server()
            .get(path)
            .add_header("accept", HTML)
            .add_header("sec-fetch-site", "cross-site")
            .add_header("referer", "https://evil.example/")
    };
    Answer::from(link(&format!("/orders/{order}")).await).assert_status(200);
    Answer::from(link(&format!("/rpc/cancel_order?order={order}")).await).assert_status(405);
    assert_eq!(site.snapshot().await, before);
}

/// A browser that follows a link to a server function is sent back to where it was. Another site
/// would learn from that whether its reader is signed in here.
///
/// Proves that a foreign referer is taken away: without it both end at the other site, one of them
/// with the refusal in the address.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn another_site_does_not_learn_who_is_signed_in(db: PgPool) {
    let (site, bob, order) = with_an_order(db).await;
    for path in ["/rpc/my_orders".to_owned(), format!("/rpc/show_order?order={order}")] {
        for person in [&bob, &site.visitor()] {
            let link = person
                .server()
                .get(&path)
                .add_header("accept", HTML)
                .add_header("referer", "https://evil.example/page");
            assert_eq!(Answer::from(link.await).redirect(), (302, "/"), "{path}");
        }
    }
}
