//! The session cookie.

use domain::auth::session::{ABSOLUTE_DAYS, SessionToken};
use http::{HeaderValue, header::SET_COOKIE};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

/// Whether the site is served over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookiePolicy {
    /// The browser sends the cookie over TLS only.
    pub secure: bool,
}

/// The cookie's name. With TLS its prefix makes browsers reject a cookie of this name that another
/// host of the domain or a page without TLS has set.
#[must_use]
pub fn session_cookie_name(policy: CookiePolicy) -> &'static str {
    if policy.secure { "__Host-gittix" } else { "gittix" }
}

/// Sets the session cookie in the browser.
pub(crate) fn set_session_cookie(token: &SessionToken) {
    let max_age_s = i64::from(ABSOLUTE_DAYS) * 24 * 60 * 60;
    set_cookie(&header(policy(), token.expose(), max_age_s));
}

/// Removes the session cookie from the browser.
pub(crate) fn clear_session_cookie() {
    set_cookie(&header(policy(), "", 0));
}

/// Secure by default: a missing policy must not weaken the cookie.
fn policy() -> CookiePolicy {
    use_context().unwrap_or(CookiePolicy { secure: true })
}

fn header(policy: CookiePolicy, value: &str, max_age_s: i64) -> String {
    let secure = if policy.secure { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}", session_cookie_name(policy))
}

fn set_cookie(header: &str) {
    // A token is hexadecimal, so the header is always valid.
    if let Ok(value) = HeaderValue::from_str(header) {
        expect_context::<ResponseOptions>().append_header(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_secure_and_host_only_over_tls() {
        assert_eq!(
            header(CookiePolicy { secure: true }, "ab12", 2_592_000),
            "__Host-gittix=ab12; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(header(CookiePolicy { secure: false }, "", 0), "gittix=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
