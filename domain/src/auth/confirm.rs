//! Asking a signed-in user for the password again, before an action that cannot be undone. Another person
//! may have found the browser open.

use std::net::IpAddr;

use model::{AppError, Code, auth::CurrentUser, error::Field};
use time::OffsetDateTime;

use super::{
    attempts_store, email,
    network::network,
    password::{self, HashError},
    sign_in::WINDOW_MINUTES,
    store,
};
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
    /// The user has made too many attempts. This one counts, too.
    #[error("too many tries")]
    TooManyAttempts {
        /// When this attempt counts no more.
        until: OffsetDateTime,
    },
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
    if let Some(until) = refused_until(backend, user, address).await? {
        return Err(ConfirmError::TooManyAttempts { until });
    }
    if !password::can_be_stored(password) {
        return Err(ConfirmError::WrongPassword);
    }
    let hash = store::password_hash(&backend.db, user.id).await?;
    let matches = backend.passwords.verify(password, hash.clone()).await.map_err(ConfirmError::Hash)?;
    hash.filter(|_| matches).ok_or(ConfirmError::WrongPassword)
}

/// Stores an attempt. If it is beyond the limit, returns until when it counts.
async fn refused_until(backend: &Backend, user: &CurrentUser, address: IpAddr) -> sqlx::Result<Option<OffsetDateTime>> {
    let mut db = backend.db.acquire().await?;
    let (tries, until) =
        attempts_store::note_confirmation(&mut db, &email::key(&user.email), network(address), WINDOW_MINUTES).await?;
    Ok((tries > TRIES).then_some(until))
}

impl ConfirmError {
    /// The public error, with a wrong password reported at the given field.
    pub(super) fn at(self, field: Field) -> AppError {
        match self {
            Self::WrongPassword => AppError::field(field, Code::WrongPassword),
            Self::TooManyAttempts { until } => AppError::too_many_attempts_until(until.unix_timestamp() * 1000),
            Self::Hash(_) => Code::Internal.into(),
            Self::Database(error) => database::public_code(&error).into(),
        }
    }
}
