//! Entering the code of a sign-up.

use model::{AppError, Code, UserId, error::Field};

use super::{
    SignUpToken,
    code::{Matched, TryCodeError, try_code},
    purpose::Purpose,
    store,
};
use crate::{
    Backend,
    auth::{self, browser::Browser, password::HashError, session::SessionToken},
    database,
    ids::fresh,
};

/// Why the code made no account.
#[derive(Debug, thiserror::Error)]
pub enum EnterCodeError {
    /// It is not the code that was mailed, or none is mailed yet.
    #[error("the code is wrong")]
    WrongCode,
    /// The browser has no sign-up, or its code was used, mistyped too often, or is too old.
    #[error("the sign-up has ended")]
    Ended,
    /// The address got an account by another sign-up meanwhile.
    #[error("the address has an account")]
    EmailTaken,
    /// Verifying the code failed.
    #[error("the code was not verified")]
    Hash(#[source] HashError),
    /// A query that reads the sign-up or stores the account failed.
    #[error("the account was not stored")]
    Database(#[from] sqlx::Error),
}

/// An account that was made and signed in.
#[derive(Debug)]
pub struct Entered {
    /// The token of its session.
    pub session: SessionToken,
    /// The page that was wanted before signing up.
    pub next: Option<String>,
}

/// The address that a browser signs up with; `None` if it has no sign-up, or that has ended.
///
/// # Errors
///
/// When the database does not answer.
pub async fn address_of(backend: &Backend, token: &SignUpToken) -> Result<Option<String>, EnterCodeError> {
    Ok(store::address_of(&backend.db, token, Purpose::SignUp).await?)
}

/// Creates the account of a sign-up and signs it in, if `code` is the one that was mailed.
///
/// # Errors
///
/// Each variant of [`EnterCodeError`] is one reason.
#[tracing::instrument(name = "auth.enter_code", skip_all)]
pub async fn enter_code(
    backend: &Backend,
    token: &SignUpToken,
    code: &str,
    browser: &Browser,
) -> Result<Entered, EnterCodeError> {
    let Matched { id, email } = try_code(backend, token, Purpose::SignUp, code).await?;
    let (user, session) = (fresh::<UserId>(), SessionToken::generate());
    let mut tx = backend.begin().await?;
    store::lock_address(&mut tx, email.as_str()).await?;
    let store::UsedUp { password_hash, next } = store::use_up(&mut *tx, id).await?.ok_or(EnterCodeError::Ended)?;
    let password_hash = password_hash.ok_or(EnterCodeError::Ended)?;
    if !auth::store::insert_user(&mut *tx, user, &email, &password_hash).await? {
        return Err(EnterCodeError::EmailTaken);
    }
    auth::store::insert_session(&mut tx, &session, user, &password_hash, browser, false).await?;
    store::end_of(&mut *tx, &email).await?;
    tx.commit().await?;
    Ok(Entered { session, next })
}

impl From<TryCodeError> for EnterCodeError {
    fn from(error: TryCodeError) -> Self {
        match error {
            TryCodeError::Wrong => Self::WrongCode,
            TryCodeError::Ended => Self::Ended,
            TryCodeError::Hash(error) => Self::Hash(error),
            TryCodeError::Database(error) => Self::Database(error),
        }
    }
}

impl From<EnterCodeError> for AppError {
    fn from(error: EnterCodeError) -> Self {
        match error {
            EnterCodeError::WrongCode => Self::field(Field::Code, Code::WrongCode),
            EnterCodeError::Ended => Code::SignUpEnded.into(),
            EnterCodeError::EmailTaken => Code::EmailTaken.into(),
            EnterCodeError::Hash(_) => Code::Internal.into(),
            EnterCodeError::Database(error) => database::public_code(&error).into(),
        }
    }
}
