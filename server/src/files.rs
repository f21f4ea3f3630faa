//! How long an answer may be kept, and what browsers must not do with it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The build puts a hash of their content into these files' names: they never change.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Who is signed in shows on every page.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// Ask each time whether it is still the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Sets the headers that every answer has, where its handler has not set them.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let is_built = request.uri().path().starts_with("/pkg/");
    let is_asset = is_asset(&request);
    let mut response = next.run(request).await;
    let kept = match (response.status().is_success(), is_built, is_asset) {
        (true, true, _) => IMMUTABLE,
        (true, false, true) => REVALIDATE,
        _ => PRIVATE,
    };
    let headers = response.headers_mut();
    set_default(headers, header::CACHE_CONTROL, kept);
    set_default(headers, header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set_default(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // The address of an order page is nobody else's business.
    set_default(headers, header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether a request is for a file of the site, which is the same for everybody.
pub(crate) fn is_asset(request: &Request) -> bool {
    request.uri().path().rsplit('/').next().is_some_and(|name| name.contains('.'))
}

fn set_default(headers: &mut HeaderMap, name: header::HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}
