//! A forgotten password: requesting a link, mailing it, and using it.
//!
//! The mail job makes the link's token, so that it is stored only as a hash. A mail that is sent again
//! carries another token, which replaces the one before.

pub mod apply;
pub mod request;
pub mod send;
pub(crate) mod store;

use super::token::Token;

/// How long a link is valid.
pub const LINK_MINUTES: i32 = 30;
/// How many links can be requested for an address within an hour, besides one each [`PAUSE_MINUTES`].
pub const REQUESTS_PER_HOUR: i64 = 5;
/// How long after a link another one is mailed in any case, in minutes. Strangers who ask for links, too, so never keep the
/// owner without a mail whose link is good: it is good for longer than this.
pub const PAUSE_MINUTES: i32 = 10;

/// Marks a token as one of a reset link.
#[derive(Clone, PartialEq, Eq)]
pub enum Reset {}

/// The secret in the link. It lets its bearer set the password.
pub type ResetToken = Token<Reset>;
