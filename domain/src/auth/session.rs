//! Sessions: the token is in a cookie, its hash in the database.

use super::token::Token;

/// A session ends this many days after it was last used.
pub const IDLE_DAYS: i32 = 14;
/// A session ends this many days after its sign-in, however much it is used.
pub const ABSOLUTE_DAYS: i32 = 30;

/// Marks a token as one of a session.
#[derive(Clone, PartialEq, Eq)]
pub enum Session {}

/// The secret in the cookie. It signs its bearer in.
pub type SessionToken = Token<Session>;
