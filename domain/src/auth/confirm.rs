//! Asking whoever is signed in for their password once more, before what must not be undone by
//! somebody who has found their browser open.

use std::net::IpAddr;

use model::{AppError, Code, auth::CurrentUser, error::Field};

use super::{network::network, password::HashError, sign_in::WINDOW_MINUTES, store};
use crate::{Backend, database};

/// Tries that somebody signed in has within [`WINDOW_MINUTES`]. Those at signing in do not count with
/// them: anybody could use them up, and keep the owner from changing a password that is being guessed at.
pub const TRIES: i64 = 10;

/// Why somebody was not taken for the owner of the account.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// Another password, or none.
    #[error("the password is wrong")]
    WrongPassword,
    /// Too many tries.
    #[error("too many tries")]
    TooManyAttempts,
    /// The hasher.
    #[error("the password was not verified")]
    Hash(#[source] HashError),
    /// The database.
    #[error("the account was not read")]
    Database(#[from] sqlx::Error),
}

/// Verifies the password of who is signed in, and answers with the hash that it matched: what
/// follows checks that this is still the account's.
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
    /// The public error, with a wrong password at the field it was typed into.
    pub(super) fn at(self, field: Field) -> AppError {
        match self {
            Self::WrongPassword => AppError::field(field, Code::WrongPassword),
            Self::TooManyAttempts => Code::TooManyAttempts.into(),
            Self::Hash(_) => Code::Internal.into(),
            Self::Database(error) => database::public_code(&error).into(),
        }
    }
}
