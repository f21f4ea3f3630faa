//! The id of a request: in its response, in all of its log lines, and on its error page.

use axum::extract::Request;
use tower_http::request_id::RequestId;

/// The id of a request that has passed [`crate::trusted_headers::accept`].
pub(crate) fn of(request: &Request) -> &str {
    let id = request.extensions().get::<RequestId>();
    id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default()
}
