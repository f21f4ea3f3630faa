//! Accounts and sessions.

mod change_password;
mod current_user;
mod delete_account;
mod end_other_sessions;
mod end_session;
mod forgot_password;
mod mail_catcher;
mod my_account;
mod reset_password;
mod sign_in;
mod sign_out;
mod sign_up;

pub(crate) use self::{
    change_password::*, current_user::*, delete_account::*, end_other_sessions::*, end_session::*, forgot_password::*,
    mail_catcher::*, my_account::*, reset_password::*, sign_in::*, sign_out::*, sign_up::*,
};
