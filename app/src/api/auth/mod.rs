//! Accounts and sessions.

mod change_password;
mod current_user;
mod end_other_sessions;
mod end_session;
mod my_account;
mod sign_in;
mod sign_out;
mod sign_up;

pub(crate) use self::{
    change_password::*, current_user::*, end_other_sessions::*, end_session::*, my_account::*, sign_in::*, sign_out::*,
    sign_up::*,
};
