//! Who asks.

use std::net::IpAddr;

use domain::{
    Backend,
    auth::{browser::Browser, session::SessionToken},
};
use http::{header::USER_AGENT, request::Parts};
use leptos::prelude::use_context;
use model::{Code, UserId, auth::CurrentUser};

use super::refuse;
use crate::ApiError;

/// Whoever sent a request. The web server looks it up once per request and puts it into
/// the request's extensions.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The account, when the session's cookie is good.
    pub user: Option<CurrentUser>,
    /// The session's token, for signing out; good or not.
    pub token: Option<SessionToken>,
    /// Where the request came from, for limiting sign-ins.
    pub address: IpAddr,
}

/// The web server left out something that every request needs.
#[derive(Debug)]
struct NotProvided(&'static str);

impl std::fmt::Display for NotProvided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was not provided to the request", self.0)
    }
}

impl std::error::Error for NotProvided {}

impl From<NotProvided> for model::AppError {
    fn from(_: NotProvided) -> Self {
        Code::Internal.into()
    }
}

/// What use-cases work with.
pub(crate) fn backend() -> Result<Backend, ApiError> {
    use_context::<Backend>().ok_or_else(|| refuse(NotProvided("the backend")))
}

/// Whoever sent this request.
pub(crate) fn visitor() -> Result<Visitor, ApiError> {
    let parts = use_context::<Parts>();
    parts.and_then(|parts| parts.extensions.get::<Visitor>().cloned()).ok_or_else(|| refuse(NotProvided("the visitor")))
}

/// The account that sent this request, for what nobody may do without one.
pub(crate) fn user() -> Result<UserId, ApiError> {
    visitor()?.user.map(|user| user.id).ok_or_else(|| refuse(model::AppError::from(Code::NotSignedIn)))
}

/// The account that sent this request with the session it is signed in by.
pub(crate) fn session() -> Result<(CurrentUser, SessionToken), ApiError> {
    let visitor = visitor()?;
    visitor.user.zip(visitor.token).ok_or_else(|| refuse(model::AppError::from(Code::NotSignedIn)))
}

/// The browser that sent this request, for a session to begin in.
pub(crate) fn browser() -> Result<Browser, ApiError> {
    let token = visitor()?.token;
    let parts = use_context::<Parts>();
    let user_agent = parts.as_ref().and_then(|parts| parts.headers.get(USER_AGENT)?.to_str().ok());
    Ok(Browser::new(user_agent.unwrap_or_default(), token))
}
