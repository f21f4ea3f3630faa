//! Creating an account for an address that the caller answers for.

use model::{AppError, UserId, auth::Credentials, error::Problem};
use sqlx::PgPool;

use super::request::parse;
use crate::{
    auth::{
        password::{HashError, Passwords},
        store,
    },
    ids::fresh,
};

/// Why the account was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The address or the password is missing or out of bounds.
    #[error("the address or the password is not valid: {}", words(.0))]
    Invalid(AppError),
    /// The address has an account already, in upper or lower case.
    #[error("the address has an account")]
    EmailTaken,
    /// Hashing the password failed.
    #[error("the password was not hashed")]
    Hash(#[source] HashError),
    /// The account was not stored.
    #[error("the account was not stored")]
    Database(#[from] sqlx::Error),
}

/// Creates an account without a mail: for the demo, and for an operator's command.
///
/// # Errors
///
/// Each variant of [`CreateError`] is one reason.
pub async fn create_account(
    db: &PgPool,
    passwords: &Passwords,
    credentials: &Credentials,
) -> Result<UserId, CreateError> {
    let (email, password) = parse(credentials).map_err(CreateError::Invalid)?;
    let hash = passwords.hash(&password).await.map_err(CreateError::Hash)?;
    let id = fresh::<UserId>();
    if !store::insert_user(db, id, &email, &hash).await? {
        return Err(CreateError::EmailTaken);
    }
    Ok(id)
}

fn words(problems: &AppError) -> String {
    problems.errors().iter().map(Problem::message).collect::<Vec<_>>().join(" ")
}
