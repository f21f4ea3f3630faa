//! The session cookie, and those of steps that are done in one browser.

use cookie::{Cookie, SameSite, time::Duration};
use domain::auth::{
    known_browser::KNOWN_DAYS,
    reset::LINK_MINUTES,
    second_factor::SIGN_IN_MINUTES,
    session::{ABSOLUTE_DAYS, SessionToken},
    sign_up::CODE_MINUTES,
    token::Token,
};
use http::{
    HeaderValue,
    header::{COOKIE, SET_COOKIE},
    request::Parts,
};
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
pub(super) fn set_session_cookie(token: &SessionToken) {
    set_cookie(&session_cookie(policy(), token.expose(), Duration::days(ABSOLUTE_DAYS.into())));
}

/// Removes the session cookie from the browser.
pub(crate) fn clear_session_cookie() {
    set_cookie(&session_cookie(policy(), "", Duration::ZERO));
}

/// The name of the cookie of a browser that has signed in before.
fn known_cookie_name(policy: CookiePolicy) -> &'static str {
    if policy.secure { "__Host-gittix-known" } else { "gittix-known" }
}

/// Lets the browser prove at its next sign-in that it has signed in before.
pub(super) fn set_known_cookie(mark: &str) {
    let policy = policy();
    set_cookie(&own_cookie(policy, known_cookie_name(policy), mark, Duration::days(KNOWN_DAYS)));
}

/// What the browser keeps of an earlier sign-in, ours or not.
pub(super) fn known_cookie() -> Option<String> {
    sent_cookie(known_cookie_name(policy()))
}

/// A cookie that binds a step to the browser in which it was begun. It holds a token.
#[derive(Clone, Copy)]
pub(crate) enum StepCookie {
    /// The browser signs up: the code of the mail is good in it.
    SignUp,
    /// The same for a code for signing in.
    MailedCode,
    /// The same for a code that was mailed to another address of the account.
    Address,
    /// The browser has opened the link that sets a password.
    Reset,
    /// The browser has passed the first step of signing in.
    SecondFactor,
}

impl StepCookie {
    fn name(self, policy: CookiePolicy) -> &'static str {
        match (self, policy.secure) {
            (Self::SignUp, true) => "__Host-gittix-signup",
            (Self::SignUp, false) => "gittix-signup",
            (Self::MailedCode, true) => "__Host-gittix-code",
            (Self::MailedCode, false) => "gittix-code",
            (Self::Address, true) => "__Host-gittix-address",
            (Self::Address, false) => "gittix-address",
            (Self::Reset, true) => "__Host-gittix-reset",
            (Self::Reset, false) => "gittix-reset",
            (Self::SecondFactor, true) => "__Host-gittix-signin",
            (Self::SecondFactor, false) => "gittix-signin",
        }
    }

    /// How long the step may take.
    fn lifetime(self) -> Duration {
        let minutes = match self {
            Self::SignUp | Self::MailedCode | Self::Address => CODE_MINUTES,
            Self::Reset => LINK_MINUTES,
            Self::SecondFactor => SIGN_IN_MINUTES,
        };
        Duration::minutes(minutes.into())
    }

    /// Lets the step be done in this browser.
    pub(crate) fn set<Kind>(self, token: &Token<Kind>) {
        let policy = policy();
        set_cookie(&own_cookie(policy, self.name(policy), token.expose(), self.lifetime()));
    }

    /// Ends that.
    pub(crate) fn clear(self) {
        let policy = policy();
        set_cookie(&own_cookie(policy, self.name(policy), "", Duration::ZERO));
    }

    /// The token of the browser, if it has begun the step.
    pub(crate) fn token<Kind>(self) -> Option<Token<Kind>> {
        Token::parse(&sent_cookie(self.name(policy()))?)
    }
}

/// Secure by default: a missing policy must not weaken the cookie.
pub(super) fn policy() -> CookiePolicy {
    use_context().unwrap_or(CookiePolicy { secure: true })
}

fn session_cookie(policy: CookiePolicy, value: &str, max_age: Duration) -> Cookie<'_> {
    own_cookie(policy, session_cookie_name(policy), value, max_age)
}

/// A cookie of this site, which only the server reads.
pub(super) fn own_cookie<'a>(
    policy: CookiePolicy,
    name: &'static str,
    value: &'a str,
    max_age: Duration,
) -> Cookie<'a> {
    Cookie::build((name, value))
        .path("/")
        .max_age(max_age)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(policy.secure)
        .build()
}

/// The value of the cookie `name` that the browser has sent.
pub(super) fn sent_cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let headers = parts.headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut cookies = headers.flat_map(|header| Cookie::split_parse(header).flatten());
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

pub(super) fn set_cookie(cookie: &Cookie<'_>) {
    // A token is hexadecimal, so the header is always valid.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        expect_context::<ResponseOptions>().append_header(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_secure_and_host_only_over_tls() {
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
