//! Removes the `Referer` of other sites.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::Response,
};

use crate::state::SharedState;

/// Removes the `Referer` of a request that came from another site.
///
/// A server function answers a browser without JavaScript with a redirect to its referer. A redirect to
/// another site would tell that site whether its reader is signed in here, and what they may see.
pub(crate) async fn own_only(State(state): State<SharedState>, mut request: Request, next: Next) -> Response {
    if !is_own(request.headers(), &state.public_url) {
        request.headers_mut().remove(header::REFERER);
    }
    next.run(request).await
}

/// Like the CSRF layer, recognises the site by its public address and by the request's host.
fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(referer) = text(header::REFERER) else {
        return false;
    };
    if referer.strip_prefix(public_url).is_some_and(|rest| rest.starts_with('/')) {
        return true;
    }
    let from = referer.parse::<Uri>().ok();
    from.as_ref().and_then(Uri::authority).is_some_and(|from| Some(from.as_str()) == text(header::HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_pages() {
        let is_own = |referer: &str| {
            let headers = [(header::REFERER, referer), (header::HOST, "localhost:3000")];
            let headers = headers.map(|(name, value)| (name, value.parse().expect("a header")));
            is_own(&headers.into_iter().collect(), "https://gittix.example")
        };
        for own in [
            "https://gittix.example/",
            "https://gittix.example/signin?next=/orders",
            "http://localhost:3000/tickets/new",
        ] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "https://evil.example/",
            "https://gittix.example.evil.example/",
            "https://gittix.example@evil.example/",
            "http://gittix.example/",
            "http://localhost/",
            "http://localhost:3000@evil.example/",
            "//localhost",
            "",
            "about:blank",
            "https://evil.example/?https://gittix.example/",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }
}
