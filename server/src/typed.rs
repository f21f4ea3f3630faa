//! Keeps what was typed into a form that is refused, for a browser that does not run scripts.

use app::server::typed_cookie;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{bounds::BODY_LIMIT_BYTES, errors::accepts_html, state::SharedState};

/// Browsers keep cookies of 4 kB.
const MAX_BYTES: usize = 3_500;

/// A server function sends the refused form of such a browser back to its page by a redirect, with the error in the
/// address. What was typed goes with it in a cookie, which only this server reads and which ends within a minute: an address
/// is seen by others. Passwords and tokens are left out.
pub(crate) async fn keep(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !accepts_html(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // A body that cannot be read is passed on as an empty one, and the server function refuses it.
    let body = to_bytes(body, BODY_LIMIT_BYTES).await.unwrap_or_default();
    let fields = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(&body).filter(|(name, _)| !is_secret(name)))
        .finish();
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if is_refusal(response.headers()) && fields.len() <= MAX_BYTES {
        let cookie = typed_cookie(state.cookies, &fields).to_string();
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("token")
}

fn is_refusal(headers: &HeaderMap) -> bool {
    headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).is_some_and(|to| to.contains("__err="))
}
