//! Who sent the request.

use std::net::IpAddr;

use domain::{
    Backend,
    auth::{browser::Browser, session::SessionToken},
};
use http::{header::USER_AGENT, request::Parts};
use leptos::prelude::use_context;
use model::{Code, UserId, auth::CurrentUser, money::Fee};

use super::{api_error, cookie::known_cookie};
use crate::ApiError;

/// How many digits tell accounts apart. Eight are the same of two accounts once in four thousand million times.
const MARK_LENGTH: usize = 8;

/// Who sent a request. The web server looks it up once per request and puts it into the
/// request's extensions.
#[derive(Clone, Debug)]
pub struct RequestIdentity {
    /// The account, if the session cookie is valid.
    pub user: Option<CurrentUser>,
    /// The session's token, valid or not. Needed for signing out.
    pub token: Option<SessionToken>,
    /// The client's address, for rate limits on sign-ins.
    pub address: IpAddr,
}

impl RequestIdentity {
    /// Tells accounts apart, for pages and forms that are open in several tabs. Empty if no one is signed in.
    #[must_use]
    pub fn account_mark(&self) -> String {
        let user = self.user.as_ref().map(|user| user.id);
        // The end of an id is random.
        user.map(|id| id.to_string().chars().rev().take(MARK_LENGTH).collect()).unwrap_or_default()
    }
}

/// The web server did not provide something that every request needs.
#[derive(Debug)]
struct MissingContext(&'static str);

impl std::fmt::Display for MissingContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was not provided to the request", self.0)
    }
}

impl std::error::Error for MissingContext {}

impl From<MissingContext> for model::AppError {
    fn from(_: MissingContext) -> Self {
        Code::Internal.into()
    }
}

/// The backend for use-cases.
pub(crate) fn backend() -> Result<Backend, ApiError> {
    use_context::<Backend>().ok_or_else(|| api_error(MissingContext("the backend")))
}

/// The fee on a sale.
pub(crate) fn fee() -> Fee {
    use_context::<Backend>().map(|backend| backend.rules.platform_fee).unwrap_or_default()
}

/// Who sent this request.
pub(crate) fn identity() -> Result<RequestIdentity, ApiError> {
    identity_if_known().ok_or_else(|| api_error(MissingContext("the request identity")))
}

/// The mark of the account that sent this request. Empty if no one is signed in.
pub(crate) fn account_mark() -> String {
    identity_if_known().map(|identity| identity.account_mark()).unwrap_or_default()
}

fn identity_if_known() -> Option<RequestIdentity> {
    use_context::<Parts>()?.extensions.get::<RequestIdentity>().cloned()
}

/// The account that sent this request, or an error if no one is signed in.
pub(crate) fn user() -> Result<UserId, ApiError> {
    identity()?.user.map(|user| user.id).ok_or_else(|| api_error(model::AppError::from(Code::NotSignedIn)))
}

/// The same, for what only a verified email may do.
pub(crate) fn verified_user() -> Result<UserId, ApiError> {
    session()?.0.verified().map_err(|code| api_error(model::AppError::from(code)))
}

/// The account that sent this request, and the session it is signed in by.
pub(crate) fn session() -> Result<(CurrentUser, SessionToken), ApiError> {
    let identity = identity()?;
    identity.user.zip(identity.token).ok_or_else(|| api_error(model::AppError::from(Code::NotSignedIn)))
}

/// The browser that sent this request, for a new session.
pub(crate) fn browser() -> Result<Browser, ApiError> {
    let token = identity()?.token;
    let parts = use_context::<Parts>();
    let user_agent = parts.as_ref().and_then(|parts| parts.headers.get(USER_AGENT)?.to_str().ok());
    Ok(Browser::new(user_agent.unwrap_or_default(), token).with_mark(known_cookie()))
}
