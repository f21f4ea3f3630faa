//! Trying a mailed code, whatever it is for.

use model::SignUpId;

use super::{SignUpToken, TRIES, purpose::Purpose, store};
use crate::{
    Backend,
    auth::{email::Email, password::HashError},
};

/// Why a code was refused.
#[derive(Debug)]
pub(super) enum TryCodeError {
    /// It is not the code that was mailed, or none is mailed yet.
    Wrong,
    /// The browser has no code for this purpose, or it was used, mistyped too often, or is too old.
    Ended,
    /// Verifying the code failed.
    Hash(HashError),
    /// The query that counts the try failed.
    Database(sqlx::Error),
}

/// The row and the address of a code that was right.
pub(super) struct Matched {
    pub(super) id: SignUpId,
    pub(super) email: Email,
}

/// Tries a code in the browser of `token`. It is not used up yet.
pub(super) async fn try_code(
    backend: &Backend,
    token: &SignUpToken,
    purpose: Purpose,
    typed: &str,
) -> Result<Matched, TryCodeError> {
    // Counted before it is verified, so that many at once are no more than the bound.
    let tried = store::count_try(&backend.db, token, purpose, TRIES).await.map_err(TryCodeError::Database)?;
    let store::Tried { id, email, code_hash } = tried.ok_or(TryCodeError::Ended)?;
    let email = Email::parse(&email).map_err(|_| TryCodeError::Ended)?;
    let code: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let is_right = backend.passwords.verify(&code, code_hash).await.map_err(TryCodeError::Hash)?;
    if is_right { Ok(Matched { id, email }) } else { Err(TryCodeError::Wrong) }
}
