//! The id and the trace that a request brings along: kept from a trusted proxy, dropped from anyone else.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use platform::telemetry::TRACEPARENT;

use crate::{proxies::peer, state::SharedState};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longer than the ids of all common proxies.
const LENGTH_MAX: usize = 64;

/// Keeps the id and the trace that a trusted proxy has given the request. Those of any other client are dropped before
/// they are logged: the next layer makes an id, and a trace begins here.
pub(crate) async fn accept(State(state): State<SharedState>, mut request: Request, next: Next) -> Response {
    let is_ours = state.proxies.trusts(peer(&request));
    if !is_ours {
        request.headers_mut().remove(TRACEPARENT);
    }
    if !(is_ours && request.headers().get(HEADER).is_some_and(is_plain)) {
        request.headers_mut().remove(HEADER);
    }
    next.run(request).await
}

/// Whether the id can be written to a log and a page without escaping.
fn is_plain(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    (1..=LENGTH_MAX).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}
