//! The endpoints of server functions that have rules of their own in the web server.

use leptos::server_fn::ServerFn;

use crate::api;

/// Sign-in.
pub const SIGN_IN: &str = api::SignIn::PATH;
/// Sign-up.
pub const SIGN_UP: &str = api::SignUp::PATH;
/// Sign-out.
pub const SIGN_OUT: &str = api::SignOut::PATH;
/// Entering the code of a sign-up.
pub const ENTER_CODE: &str = api::EnterCode::PATH;
/// Having a code mailed to another address of the account.
pub const CHANGE_ADDRESS: &str = api::ChangeAddress::PATH;
/// Entering it.
pub const ENTER_ADDRESS_CODE: &str = api::EnterAddressCode::PATH;
/// Having a code for signing in mailed.
pub const MAIL_SIGN_IN_CODE: &str = api::MailSignInCode::PATH;
/// Entering it.
pub const ENTER_MAILED_CODE: &str = api::EnterMailedCode::PATH;
/// The second step of signing in.
pub const ENTER_SIGN_IN_CODE: &str = api::EnterSignInCode::PATH;
/// Beginning the set-up of a second factor.
pub const BEGIN_SECOND_FACTOR: &str = api::BeginSecondFactor::PATH;
/// Confirming it.
pub const CONFIRM_SECOND_FACTOR: &str = api::ConfirmSecondFactor::PATH;
/// Turning it off.
pub const REMOVE_SECOND_FACTOR: &str = api::RemoveSecondFactor::PATH;
/// The request for a link that sets a password.
pub const FORGOT_PASSWORD: &str = api::ForgotPassword::PATH;
/// Opening that link.
pub const OPEN_RESET: &str = api::OpenReset::PATH;
/// Setting a password by that link.
pub const RESET_PASSWORD: &str = api::ResetPassword::PATH;
/// Changing the password.
pub const CHANGE_PASSWORD: &str = api::ChangePassword::PATH;
/// Deleting the account.
pub const DELETE_ACCOUNT: &str = api::DeleteAccount::PATH;
/// Locking tickets.
pub const LOCK_TICKET: &str = api::LockTicket::PATH;
/// Opening a payment attempt.
pub const START_PAYMENT: &str = api::StartPayment::PATH;
/// Checking the state of a payment.
pub const CHECK_PAYMENT: &str = api::CheckPayment::PATH;
