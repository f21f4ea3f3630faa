//! Every answer names its request.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use domain::testing::TestBackend;
use server::router::router;
use sqlx::PgPool;
use tower::ServiceExt;

use crate::site::{Site, state};

async fn ask(site: &Router, peer: &str, id: Option<&str>) -> Response<Body> {
    let mut request = Request::get("/healthz");
    if let Some(id) = id {
        request = request.header("x-request-id", id);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let peer: SocketAddr = format!("{peer}:4711").parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    site.clone().oneshot(request).await.expect("an answer")
}

async fn id_for(site: &Router, peer: &str, id: Option<&str>) -> String {
    let answer = ask(site, peer, id).await;
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
async fn an_error_page_shows_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    site.db().close().await;
    let page = alice.open("/").await;
    let id = page.header("x-request-id");
    assert_eq!(id.len(), 36);
    assert!(page.body.contains(&format!("<code>{id}</code>")), "{}", page.body);
    let refused = site.visitor().read("/rpc/browse_tickets").await;
    assert_eq!((refused.status, refused.header("x-request-id").len()), (503, 36));
}
