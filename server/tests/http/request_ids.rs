//! Every answer names its request.

use domain::ids::fresh;
use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use domain::testing::{Spans, TestBackend};
use server::router::router;
use sqlx::PgPool;
use tower::ServiceExt;

use crate::site::{Site, state};

async fn ask(site: &Router, peer: &str, (name, value): (&str, Option<&str>)) -> Response<Body> {
    let mut request = Request::get("/healthz");
    if let Some(value) = value {
        request = request.header(name, value);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let peer: SocketAddr = format!("{peer}:4711").parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    site.clone().oneshot(request).await.expect("an answer")
}

async fn id_for(site: &Router, peer: &str, id: Option<&str>) -> String {
    let answer = ask(site, peer, ("x-request-id", id)).await;
    answer.headers()["x-request-id"].to_str().expect("plain").to_owned()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_proxy_of_ours_may_give_it_and_nobody_else(db: PgPool) {
    let mut state = state(TestBackend::without_stripe(db));
    state.proxies = "10.0.0.0/8".parse().expect("a network");
    let site = router(state);
    assert_eq!(id_for(&site, "10.0.0.1", Some("4bf92f3577b34da6")).await, "4bf92f3577b34da6");
    assert_eq!(id_for(&site, "10.0.0.1", None).await.len(), 36);
    assert_eq!(id_for(&site, "192.0.2.1", Some("made-up")).await.len(), 36, "a visitor's is dropped");
    for not_plain in ["", "<script>", "a b", "a\"}{\"b\":\"c", &"a".repeat(65)] {
        assert_eq!(id_for(&site, "10.0.0.1", Some(not_plain)).await.len(), 36, "{not_plain}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn only_a_proxy_of_ours_says_which_trace_it_is_a_part_of(db: PgPool) {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let spans = Spans::collect();
    let mut state = state(TestBackend::without_stripe(db));
    state.proxies = "10.0.0.0/8".parse().expect("a network");
    let site = router(state);
    let caller = format!("00-{TRACE}-00f067aa0ba902b7-01");
    for peer in ["10.0.0.1", "192.0.2.1"] {
        ask(&site, peer, ("traceparent", Some(&caller))).await;
    }
    let traces: Vec<_> =
        spans.named("http.request").iter().map(|span| span.span_context.trace_id().to_string()).collect();
    let [of_proxy, of_stranger] = &traces[..] else { panic!("two requests: {traces:?}") };
    assert_eq!(of_proxy, TRACE);
    assert_ne!(of_stranger, TRACE);
}

/// Whoever asks us about any of them has something to name.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_page_that_cannot_show_what_was_asked_for_names_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let edit_page = format!("/tickets/{}/edit", alice.list().await);
    for (path, status) in [
        ("/no/such/page", 404),
        ("/no/such%20page?of=%C3%A4", 404),
        ("/tickets/nonsense", 404),
        (&*format!("/tickets/{}", fresh::<model::ListingId>()), 404),
        (&*edit_page, 403),
    ] {
        let page = bob.open(path).await;
        assert_eq!((page.status, page.texts("code")), (status, vec![page.header("x-request-id").to_owned()]), "{path}");
    }
    bob.open("/").await.assert_status(200).assert_lacks("code", "");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_error_page_shows_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    site.db().close().await;
    let page = alice.open("/").await;
    let id = page.header("x-request-id");
    assert_eq!(id.len(), 36);
    assert_eq!(page.texts("code"), [id]);
    // This one has come as far as the pages.
    let page = site.visitor().open("/").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.texts("code"), [page.header("x-request-id")]);
    let refused = site.visitor().read("/rpc/show_home").await;
    assert_eq!((refused.status, refused.header("x-request-id").len()), (503, 36));
}
