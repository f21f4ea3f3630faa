//! `robots.txt`

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use super::sitemap::{AN_HOUR, SITEMAP};
use crate::state::SharedState;

/// What no search engine lists: what is no page, and pages of one user's own. A crawler that asks nevertheless is sent to
/// sign in, and the page of signing in must not be listed with each address that it leads back to.
const PRIVATE: [&str; 18] = [
    "/api/",
    "/live/",
    "/rpc/",
    "/account",
    "/balance",
    "/forgot",
    "/listings",
    "/mails/",
    "/operator",
    "/orders",
    "/reset",
    "/signin?",
    "/signup?",
    "/tickets/new",
    "/tickets/*/edit",
    "/tickets/*/sale",
    "/watching",
    "/*?after=",
];

/// Its route.
pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/robots.txt", get(show))
}

async fn show(State(state): State<SharedState>) -> Response {
    let private = PRIVATE.map(|path| format!("Disallow: {path}\n")).concat();
    let text = format!("User-agent: *\n{private}\nSitemap: {}{SITEMAP}\n", state.public_url);
    ([(header::CACHE_CONTROL, AN_HOUR)], text).into_response()
}
