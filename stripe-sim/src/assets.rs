//! What a browser loads: the script, the card form, and the simulator's own pages.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, body::Body};

/// Allows nothing but the simulator's own files. Any page may frame them, as with Stripe's.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'none'; base-uri 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const SCRIPT: &str = include_str!("../assets/stripe.js");

/// Path, content type and text of every file. Stripe serves its script under several paths.
const FILES: [(&str, &str, &str); 10] = [
    ("/", HTML, include_str!("../assets/index.html")),
    ("/v3", JAVASCRIPT, SCRIPT),
    ("/v3/", JAVASCRIPT, SCRIPT),
    ("/basil/stripe.js", JAVASCRIPT, SCRIPT),
    ("/v3/elements-inner.html", HTML, include_str!("../assets/elements-inner.html")),
    ("/v3/elements-inner.css", CSS, include_str!("../assets/elements-inner.css")),
    ("/v3/elements-inner.js", JAVASCRIPT, include_str!("../assets/elements-inner.js")),
    ("/assets/index.js", JAVASCRIPT, include_str!("../assets/index.js")),
    ("/assets/page.css", CSS, include_str!("../assets/page.css")),
    ("/assets/challenge-over.js", JAVASCRIPT, include_str!("../assets/challenge-over.js")),
];

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(async move || file(kind, text.to_owned())))
    })
}

/// A response with an HTML page.
pub(crate) fn page(text: String) -> Response {
    file(HTML, text)
}

fn file(kind: &'static str, text: String) -> Response {
    const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        // The shop's page has another origin, and COEP may require this header.
        (CORP, HeaderValue::from_static("cross-origin")),
    ];
    (headers, Body::from(text)).into_response()
}
