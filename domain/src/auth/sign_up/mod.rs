//! Signing up: an account is made once its owner has typed the code that was mailed to its address.
//!
//! Whatever address is typed, the answer is the same: a mail is on its way. It brings the code, or, to an address that
//! has an account, says so. So a sign-up tells no stranger who has an account, and an address belongs to the person who
//! reads its mail: anyone may have typed it before.
//!
//! A code is good in the browser that signed up: an owner who is talked into reading it out makes no account for a
//! stranger in another browser.
//!
//! A change of an account's address, and signing in without a password, take the same steps, in their own browser and
//! within the same bounds.

use model::auth::SignUpCode;

mod change_address;
mod code;
mod create;
mod enter;
mod purpose;
mod request;
mod send;
mod sign_in;
pub(super) mod store;
#[cfg(test)]
mod tests;

pub use self::{
    change_address::{ChangeAddressError, EnterAddressCodeError, change_address, changing_to, enter_address_code},
    create::{CreateError, create_account},
    enter::{EnterCodeError, Entered, address_of, enter_code},
    request::{SignUpError, sign_up},
    send::{SendCodeError, send_address_changed, send_code},
    sign_in::{EnterMailedCodeError, MailCodeError, SignedIn, enter_mailed_code, mail_sign_in_code, signing_in_with},
};
use super::token::Token;

/// How long a code is good, in minutes from the sign-up on.
pub const CODE_MINUTES: i32 = SignUpCode::MINUTES;

/// How often a code may be mistyped.
pub const TRIES: i16 = 10;
/// How many mails with codes an address gets within an hour, and within a day. They bound how often a stranger may
/// guess the code of an address: 200 times in a day, of a million codes.
const MAILS_PER_HOUR: i64 = 5;
const MAILS_PER_DAY: i64 = 20;
/// The longest address of a page to open afterwards, in bytes. A longer one is left out.
const NEXT_MAX: usize = 1_000;

/// Marks the tokens of browsers that sign up.
#[derive(Clone, PartialEq, Eq)]
pub enum SigningUp {}

/// The token of a browser that signs up, in its cookie.
pub type SignUpToken = Token<SigningUp>;
