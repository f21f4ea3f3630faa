//! The session's cookie.

use cookie::{Cookie, SameSite, time::Duration};
use domain::auth::session::{ABSOLUTE_DAYS, SessionToken};
use http::{HeaderValue, header::SET_COOKIE};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

/// Whether the site is served over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookiePolicy {
    /// The browser returns the cookie over TLS only.
    pub secure: bool,
}

/// The cookie's name. With TLS its prefix makes browsers refuse a cookie of that name
/// that another host of the domain, or a page without TLS, has set.
#[must_use]
pub fn session_cookie_name(policy: CookiePolicy) -> &'static str {
    if policy.secure { "__Host-gittix" } else { "gittix" }
}

/// Hands the browser its session.
pub(crate) fn remember_session(token: &SessionToken) {
    set_cookie(&session_cookie(policy(), token.expose(), Duration::days(ABSOLUTE_DAYS.into())));
}

/// Takes the session from the browser.
pub(crate) fn forget_session() {
    set_cookie(&session_cookie(policy(), "", Duration::ZERO));
}

/// Secure unless told otherwise: a missing policy must not weaken the cookie.
fn policy() -> CookiePolicy {
    use_context().unwrap_or(CookiePolicy { secure: true })
}

fn session_cookie(policy: CookiePolicy, value: &str, max_age: Duration) -> Cookie<'_> {
    Cookie::build((session_cookie_name(policy), value))
        .path("/")
        .max_age(max_age)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(policy.secure)
        .build()
}

fn set_cookie(cookie: &Cookie<'_>) {
    // A token is hexadecimal, so the header is always legal.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        expect_context::<ResponseOptions>().append_header(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bound_to_this_host_over_tls() {
        assert_eq!(
            session_cookie(CookiePolicy { secure: true }, "ab12", Duration::days(30)).to_string(),
            "__Host-gittix=ab12; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000"
        );
        assert_eq!(
            session_cookie(CookiePolicy { secure: false }, "", Duration::ZERO).to_string(),
            "gittix=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
    }
}
