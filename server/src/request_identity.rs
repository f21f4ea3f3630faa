//! The identity of a request, looked up once.

use app::server::{RequestIdentity, session_cookie_name};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use cookie::Cookie;
use domain::{auth::session::SessionToken, current_user::current_user};
use model::error::causes;

use crate::{cache_control::is_asset, errors::ErrorResponse, proxies::peer, state::SharedState};

/// Puts a [`RequestIdentity`] into the request's extensions. Without a cookie, the database is not queried.
pub(crate) async fn look_up(State(state): State<SharedState>, mut request: Request, next: Next) -> Response {
    let name = session_cookie_name(state.cookies);
    // Files are the same for all users, and are served even if the database is down.
    let cookie = value_of(request.headers(), name).filter(|_| !is_asset(&request));
    let token = cookie.and_then(SessionToken::parse);
    let user = match &token {
        None => None,
        Some(token) => match current_user(&state.backend, token).await {
            Ok(user) => user,
            Err(error) => {
                tracing::error!(error.causes = causes(&error), "the session was not read");
                return ErrorResponse(error.into()).into_response();
            }
        },
    };
    let address = state.proxies.client(peer(&request), request.headers());
    request.extensions_mut().insert(RequestIdentity { user, token, address });
    next.run(request).await
}

/// The value of the first cookie with a name.
///
/// Each cookie is read by itself: one of another site of the same domain may hold any bytes, and must not sign the user out.
fn value_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|cookie| Cookie::parse(str::from_utf8(cookie).ok()?).ok())
        .find(|cookie| cookie.name() == name)?
        .value_raw()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn finds_its_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; gittixx=2".parse().expect("a header"));
        headers.append(header::COOKIE, "gittix=abc; b=3".parse().expect("a header"));
        assert_eq!(value_of(&headers, "gittix"), Some("abc"));
        assert_eq!(value_of(&headers, "__Host-gittix"), None);
    }

    #[test]
    fn finds_its_cookie_beside_bytes_that_are_no_text() {
        for bytes in [&b"a=\xff; gittix=abc"[..], b"gittix=abc; \xc3\xa9=1", b"\xff;gittix=abc"] {
            let value = HeaderValue::from_bytes(bytes).expect("a header");
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            assert_eq!(value_of(&headers, "gittix"), Some("abc"), "{bytes:?}");
        }
    }
}
