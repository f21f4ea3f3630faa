//! Every URL of the simulator.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get, post, put};

use crate::state::AppState;
use crate::{admin, api, assets, challenge};

/// No request to this API needs more. A card form sends some hundred bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(app: Arc<AppState>) -> Router {
    Router::new()
        .merge(assets::routes())
        .route("/healthz", get(async || "ok"))
        .route("/v1/{*path}", any(api::handle))
        .route("/3ds/{intent}/{token}", get(challenge::show))
        .route("/3ds/{intent}/{token}/{answer}", post(challenge::answer))
        .route("/_sim/faults", get(admin::show_faults).post(admin::change_faults).delete(admin::reset_faults))
        .route("/_sim/refunds/{id}/failed", put(admin::fail_refund))
        .route("/_sim/payments/{intent}/{act}", put(admin::act_on_payment))
        .route("/_sim/books", get(admin::balances))
        .route("/_sim/requests", get(admin::requests))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(security_headers))
        .with_state(app)
}

/// Headers of every response.
async fn security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}
