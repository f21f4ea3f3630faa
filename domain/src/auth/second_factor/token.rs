//! The token of a browser between the two steps of signing in.

use crate::auth::token::Token;

/// Marks the tokens of browsers that have passed the first step of signing in.
#[derive(Clone, PartialEq, Eq)]
pub enum SigningIn {}

/// The token of such a browser, in its cookie.
pub type SignInToken = Token<SigningIn>;
