//! What the web server and the pages share: who sent the request, the session cookie, and
//! how errors become responses.
//!
//! The web server provides a [`domain::Backend`] and a [`CookiePolicy`] as Leptos contexts to
//! the pages and the server functions, and puts a [`RequestIdentity`] into the extensions of
//! each request.

mod city;
mod cookie;
pub(crate) mod drafts;
pub(crate) mod error;
mod identity;
mod reader;
mod refusal;
mod repriced;
mod said;
mod signed_in;
mod typed;

pub(crate) use self::{
    city::{keep_city, last_city},
    cookie::{StepCookie, clear_session_cookie},
    error::{api_error, is_plain_form},
    identity::{account_mark, backend, browser, fee, identity, session, user, verified_user},
    reader::is_read_by_a_person,
    repriced::{say_repriced, take_repriced},
    said::{Said, Undo, say, say_withdrawn, take_said},
    signed_in::{after_sign_in, begin_session, go_to_second_step},
    typed::{typed, typed_all},
};
pub use self::{
    cookie::{CookiePolicy, session_cookie_name},
    error::{refused_form, refused_form_of},
    identity::RequestIdentity,
    refusal::RefusalStatus,
    typed::typed_cookie,
};
