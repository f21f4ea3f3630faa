//! Every URL the simulator answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get, post};

use crate::hub::Hub;
use crate::{api, browser, challenge, control};

/// No call of this API needs more; a card form sends some hundred bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .merge(browser::routes())
        .route("/healthz", get(async || "ok"))
        .route("/v1/{*path}", any(api::handle))
        .route("/3ds/{intent}/{token}", get(challenge::ask))
        .route("/3ds/{intent}/{token}/{answer}", post(challenge::answer))
        .route("/_sim/faults", get(control::show_faults).post(control::change_faults).delete(control::reset_faults))
        .route("/_sim/books", get(control::books))
        .route("/_sim/requests", get(control::requests))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(harden))
        .with_state(hub)
}

/// Headers that every answer has.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}
