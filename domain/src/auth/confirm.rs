//! Asking a signed-in user for the password again, before an action that cannot be undone. Another person
//! may have found the browser open.

use std::net::IpAddr;

use model::{AppError, Code, auth::CurrentUser, error::Field};

use super::{network::network, password::HashError, sign_in::WINDOW_MINUTES, store};
use crate::{Backend, database};

/// Attempts that a signed-in user has within [`WINDOW_MINUTES`]. Attempts to sign in are counted apart:
/// anyone could use them up, and so keep the owner from changing a password that an attacker is guessing.
pub const TRIES: i64 = 10;

/// Why the user was not confirmed as the owner of the account.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The password is wrong or empty.
    #[error("the password is wrong")]
    WrongPassword,
    /// The user has made too many attempts.
    #[error("too many tries")]
    TooManyAttempts,
    /// Hashing the typed password failed.
    #[error("the password was not verified")]
    Hash(#[source] HashError),
    /// A query that reads the account or counts attempts failed.
    #[error("the account was not read")]
    Database(#[from] sqlx::Error),
}

/// Verifies the password of the signed-in user and returns the hash that it matched. The caller checks,
/// in its own transaction, that this hash is still the account's.
pub(super) async fn confirm(
    backend: &Backend,
    user: &CurrentUser,
    password: &str,
    address: IpAddr,
) -> Result<String, ConfirmError> {
    if !may_try(backend, user, address).await? {
        return Err(ConfirmError::TooManyAttempts);
    }
    if password.len() > 4 * model::auth::Password::MAX_CHARS {
        return Err(ConfirmError::WrongPassword);
    }
    let hash = store::password_hash(&backend.db, user.id).await?;
    let matches = backend.passwords.verify(password, hash.clone()).await.map_err(ConfirmError::Hash)?;
    hash.filter(|_| matches).ok_or(ConfirmError::WrongPassword)
}

async fn may_try(backend: &Backend, user: &CurrentUser, address: IpAddr) -> sqlx::Result<bool> {
    let mut db = backend.db.acquire().await?;
    Ok(store::note_confirmation(&mut db, &user.email, network(address), WINDOW_MINUTES).await? <= TRIES)
}

impl ConfirmError {
    /// The public error, with a wrong password reported at the given field.
    pub(super) fn at(self, field: Field) -> AppError {
        match self {
            Self::WrongPassword => AppError::field(field, Code::WrongPassword),
            Self::TooManyAttempts => Code::TooManyAttempts.into(),
            Self::Hash(_) => Code::Internal.into(),
            Self::Database(error) => database::public_code(&error).into(),
        }
    }
}
