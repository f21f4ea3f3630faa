//! The endpoints of server functions that the web server treats each in its own way.

use leptos::server_fn::ServerFn;

use crate::api;

/// Signing in.
pub const SIGN_IN: &str = api::SignIn::PATH;
/// Signing up.
pub const SIGN_UP: &str = api::SignUp::PATH;
/// Asking for a link that sets a password.
pub const FORGOT_PASSWORD: &str = api::ForgotPassword::PATH;
/// Setting a password by such a link.
pub const RESET_PASSWORD: &str = api::ResetPassword::PATH;
/// Changing the password.
pub const CHANGE_PASSWORD: &str = api::ChangePassword::PATH;
/// Deleting the account.
pub const DELETE_ACCOUNT: &str = api::DeleteAccount::PATH;
/// Locking a ticket.
pub const LOCK_TICKET: &str = api::LockTicket::PATH;
/// Opening an attempt to pay.
pub const START_PAYMENT: &str = api::StartPayment::PATH;
/// Asking how an attempt to pay stands.
pub const CHECK_PAYMENT: &str = api::CheckPayment::PATH;
