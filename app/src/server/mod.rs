//! What the web server and the pages share: who asks, the session's cookie, and how an
//! error becomes an answer.
//!
//! The web server provides a [`domain::Backend`] and a [`CookiePolicy`] as Leptos contexts,
//! to the pages and to the server functions alike, and puts a [`Visitor`] into the
//! extensions of each request.

mod call;
mod cookie;
pub(crate) mod error;
mod visitor;

pub use self::{
    call::Refusal,
    cookie::{CookiePolicy, session_cookie_name},
    visitor::Visitor,
};
pub(crate) use self::{
    cookie::{forget_session, remember_session},
    error::refuse,
    visitor::{backend, browser, session, user, visitor},
};
