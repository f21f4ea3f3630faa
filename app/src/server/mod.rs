//! What the web server and the pages share: who sent the request, the session cookie, and
//! how errors become responses.
//!
//! The web server provides a [`domain::Backend`] and a [`CookiePolicy`] as Leptos contexts to
//! the pages and the server functions, and puts a [`RequestIdentity`] into the extensions of
//! each request.

mod cookie;
pub(crate) mod error;
mod identity;
mod refusal;

pub use self::{
    cookie::{CookiePolicy, session_cookie_name},
    identity::RequestIdentity,
    refusal::RefusalStatus,
};
pub(crate) use self::{
    cookie::{clear_session_cookie, set_session_cookie},
    error::api_error,
    identity::{backend, browser, identity, session, user},
};
