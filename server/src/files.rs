//! How long an answer may be kept.

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The build puts a hash of their content into these files' names: they never change.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Who is signed in shows on every page.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// Ask each time whether it is still the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Says it of every answer whose handler has not.
pub(crate) async fn keeping(request: Request, next: Next) -> Response {
    let is_built = request.uri().path().starts_with("/pkg/");
    let is_asset = is_asset(&request);
    let mut response = next.run(request).await;
    let kept = match (response.status().is_success(), is_built, is_asset) {
        (true, true, _) => IMMUTABLE,
        (true, false, true) => REVALIDATE,
        _ => PRIVATE,
    };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(kept);
    response
}

/// Whether a request is for a file of the site, which is the same for everybody.
pub(crate) fn is_asset(request: &Request) -> bool {
    request.uri().path().rsplit('/').next().is_some_and(|name| name.contains('.'))
}
