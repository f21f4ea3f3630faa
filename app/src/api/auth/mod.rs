//! Accounts and sessions.

mod current_user;
mod sign_in;
mod sign_out;
mod sign_up;

pub(crate) use self::{current_user::*, sign_in::*, sign_out::*, sign_up::*};
