//! The views of a listing, counted for its seller.

use domain::view_counts::flush::flush;
use sqlx::PgPool;

use crate::{
    person::{HTML, Person},
    site::Site,
};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Reads an address with these headers.
async fn read(person: &Person, path: &str, headers: &[(&'static str, &'static str)]) {
    let mut request = person.server().get(path).add_header("accept", HTML);
    for (name, value) in headers {
        request = request.add_header(*name, *value);
    }
    request.await;
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn seller_sees_how_often_others_opened_the_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, anon) = (site.sign_up("alice").await, site.sign_up("bob").await, site.visitor());
    let ticket = alice.list().await;
    let page = format!("/tickets/{ticket}");
    let browser = ("user-agent", BROWSER);
    let shown = async || {
        flush(&site.backend).await.expect("writes");
        alice.open("/listings").await.of_class("small listing-notes")
    };

    read(&alice, &page, &[browser]).await;
    read(&anon, &page, &[]).await;
    read(&anon, &page, &[("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")]).await;
    read(&anon, &page, &[browser, ("sec-purpose", "prefetch;prerender")]).await;
    anon.server().method(axum::http::Method::HEAD, &page).add_header("user-agent", BROWSER).await;
    read(&anon, "/tickets/00000000-0000-4000-8000-000000000000", &[browser]).await;
    assert_eq!(shown().await, "");

    read(&anon, &page, &[browser]).await;
    assert_eq!(shown().await, "1 view");
    // As a page, and as the data of a page that is open already.
    read(&bob, &page, &[browser]).await;
    read(&bob, &format!("/rpc/show_ticket?ticket={ticket}"), &[browser]).await;
    bob.lock(&ticket).await;
    let notes = shown().await;
    assert!(notes.starts_with("3 views · reserved once · 1 reserved now"), "{notes}");
}
