//! Turning the second factor off, and removing a lost one.

use std::net::IpAddr;

use model::{AppError, auth::CurrentUser, error::Field};
use sqlx::PgPool;

use super::{CodeError, store, told::tell, use_code};
use crate::{
    Backend,
    auth::{
        self,
        confirm::{self, ConfirmError},
        operators::{OperatorError, account_of},
    },
    database,
};

/// Why the second factor is still on.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// The password was not confirmed.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// The code was refused.
    #[error("the code was refused")]
    Code(#[from] CodeError),
    /// A query that deletes it failed.
    #[error("the second factor was not deleted")]
    Database(#[from] sqlx::Error),
}

/// Turns the second factor off, by the password and a code of the app or a recovery code. Sessions stay, and count as
/// without a second factor.
///
/// # Errors
///
/// Each variant of [`RemoveError`] is one reason.
#[tracing::instrument(name = "second_factor.remove", skip_all, fields(user.id = %user.id))]
pub async fn remove(
    backend: &Backend,
    user: &CurrentUser,
    password: &str,
    code: &str,
    address: IpAddr,
) -> Result<(), RemoveError> {
    confirm::confirm(backend, user, password, address).await.map_err(RemoveError::Unconfirmed)?;
    use_code(backend, user.id, code).await?;
    let mut tx = backend.begin().await?;
    store::delete(&mut tx, user.id).await?;
    auth::store::unmark_second_factor(&mut *tx, user.id).await?;
    tell(&mut tx, user.id, false).await?;
    tx.commit().await?;
    tracing::info!(target: "security", { user.id = %user.id }, "a second factor was turned off");
    Ok(())
}

/// Removes the second factor of the account with an address, whose owner has lost the app and the recovery codes. Its
/// sessions end. Returns whether it had one. For the operator's command: who asks for it must be known to be the owner.
///
/// # Errors
///
/// When no account has the address, and when the database does not answer.
pub async fn remove_lost(db: &PgPool, address: &str) -> Result<bool, OperatorError> {
    let user = account_of(db, address).await?;
    let mut tx = db.begin().await?;
    let had_one = store::delete(&mut tx, user).await?;
    auth::store::delete_sessions_of(&mut *tx, user).await?;
    if had_one {
        tell(&mut tx, user, false).await?;
    }
    tx.commit().await?;
    tracing::info!(user.id = %user, "a second factor was removed");
    Ok(had_one)
}

impl From<RemoveError> for AppError {
    fn from(error: RemoveError) -> Self {
        match error {
            RemoveError::Unconfirmed(error) => error.at(Field::Password),
            RemoveError::Code(error) => error.into(),
            RemoveError::Database(error) => database::public_code(&error).into(),
        }
    }
}
