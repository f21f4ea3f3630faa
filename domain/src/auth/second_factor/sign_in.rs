//! The second step of signing in.

use model::{AppError, Code, UserId};

use super::{CodeError, store, token::SignInToken, use_code};
use crate::{
    Backend,
    auth::{self, browser::Browser, email::key, session::SessionToken},
    database,
};

/// Why the second step failed.
#[derive(Debug, thiserror::Error)]
pub enum EnterSignInCodeError {
    /// The browser has not passed the first step, or too long ago, or the password has changed since.
    #[error("the sign-in has ended")]
    Ended,
    /// The code was refused.
    #[error("the code was refused")]
    Code(#[from] CodeError),
    /// A query that reads the sign-in or stores the session failed.
    #[error("the session was not stored")]
    Database(#[from] sqlx::Error),
}

/// Whether signing in as `user`, whose password has matched `verified`, takes a second step: then the token for it.
pub(in crate::auth) async fn begin_sign_in(
    backend: &Backend,
    user: UserId,
    verified: &str,
) -> sqlx::Result<Option<SignInToken>> {
    if !store::is_on(&backend.db, user).await? {
        return Ok(None);
    }
    let token = SignInToken::generate();
    store::insert_pending(&backend.db, &token, user, verified).await?;
    Ok(Some(token))
}

/// Signs the user of a pending sign-in in, by a code of the app or a recovery code.
///
/// # Errors
///
/// Each variant of [`EnterSignInCodeError`] is one reason.
#[tracing::instrument(name = "auth.enter_sign_in_code", skip_all)]
pub async fn enter_sign_in_code(
    backend: &Backend,
    token: &SignInToken,
    typed: &str,
    browser: &Browser,
) -> Result<SessionToken, EnterSignInCodeError> {
    let pending = store::pending(&backend.db, token).await?.ok_or(EnterSignInCodeError::Ended)?;
    use_code(backend, pending.user_id, typed).await?;
    let session = SessionToken::generate();
    let mut tx = backend.begin().await?;
    if !store::end_pending(&mut *tx, token).await? {
        return Err(EnterSignInCodeError::Ended);
    }
    if !auth::store::insert_session(&mut tx, &session, pending.user_id, &pending.password_hash, browser, true).await? {
        return Err(EnterSignInCodeError::Ended);
    }
    auth::attempts_store::forgive_attempts(&mut *tx, &key(&pending.email)).await?;
    tx.commit().await?;
    tracing::info!(target: "security", { user.id = %pending.user_id }, "signed in with a second factor");
    Ok(session)
}

impl From<EnterSignInCodeError> for AppError {
    fn from(error: EnterSignInCodeError) -> Self {
        match error {
            EnterSignInCodeError::Ended => Code::SignInEnded.into(),
            EnterSignInCodeError::Code(error) => error.into(),
            EnterSignInCodeError::Database(error) => database::public_code(&error).into(),
        }
    }
}
