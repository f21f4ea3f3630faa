//! Sessions: a token in a cookie, its hash in the database.

use super::token::Token;

/// A session ends this long after it was last used.
pub const IDLE_DAYS: i32 = 14;
/// A session ends this long after its sign-in, however busy.
pub const ABSOLUTE_DAYS: i32 = 30;

/// Marks the token of a session.
#[derive(Clone, PartialEq, Eq)]
pub enum Session {}

/// The secret in the cookie. Whoever has it is signed in.
pub type SessionToken = Token<Session>;
