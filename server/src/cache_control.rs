//! `Cache-Control`: how long a response may be cached.

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The build puts a hash of the content into the names of these files, so they never change.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Every page shows which user is signed in.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// The browser revalidates each time.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Sets the header on every response whose handler has not set it.
pub(crate) async fn set(request: Request, next: Next) -> Response {
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

/// Whether a request is for a file of the site, which is the same for all users.
pub(crate) fn is_asset(request: &Request) -> bool {
    request.uri().path().rsplit('/').next().is_some_and(|name| name.contains('.'))
}
