//! A forgotten password: asking for a link, mailing it, and using it.
//!
//! The link's token is made when its mail is, so that it is stored nowhere but as a hash: a mail
//! that is tried again carries another token, and the one before it opens nothing.

pub mod apply;
pub mod request;
pub mod send;
pub(crate) mod store;

use super::token::Token;

/// How long a link is good.
pub const LINK_MINUTES: i32 = 30;
/// How many links an address may ask for within an hour.
pub const REQUESTS_PER_HOUR: i64 = 5;

/// Marks the token of a link.
#[derive(Clone, PartialEq, Eq)]
pub enum Reset {}

/// The secret in the link. Whoever has it sets the password.
pub type ResetToken = Token<Reset>;
