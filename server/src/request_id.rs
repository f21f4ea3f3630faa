//! The id of a request: in its answer, in every line that is logged about it, and on its error page. And the
//! trace that it is a part of.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use platform::telemetry::TRACEPARENT;
use tower_http::request_id::RequestId;

use crate::{proxies::peer, state::SharedState};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longer than any proxy's.
const LENGTH_MAX: usize = 64;

/// Keeps the id and the trace that a proxy of ours has given the request. Anybody else's are dropped before
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

/// Whether it can stand in a log and on a page as it is.
fn is_plain(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    (1..=LENGTH_MAX).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

/// The id of a request that has passed [`accept`].
pub(crate) fn of(request: &Request) -> &str {
    let id = request.extensions().get::<RequestId>();
    id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default()
}
