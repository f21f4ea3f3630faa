//! Setting a password by a reset link.

use model::{AppError, Code, error::Field};

use super::{ResetToken, store};
use crate::{
    Backend,
    auth::{
        self,
        password::{HashError, Password},
    },
    database,
};

/// Why the password was not set.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// The new password is missing or out of bounds.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// The link does not exist, was used, has expired, or a later link replaced it.
    #[error("the link is not valid")]
    LinkEnded,
    /// Hashing the new password failed.
    #[error("the password was not hashed")]
    Hash(#[source] HashError),
    /// A query that reads the link or stores the password failed.
    #[error("the password was not stored")]
    Database(#[from] sqlx::Error),
}

/// The query that reads a link failed.
#[derive(Debug, thiserror::Error)]
#[error("the link was not read")]
pub struct ReadLinkError(#[from] sqlx::Error);

/// The token of a link, or of its end behind the `#`; `None` if the link is not valid. It changes nothing.
///
/// # Errors
///
/// When the database does not answer.
pub async fn open(backend: &Backend, link: &str) -> Result<Option<ResetToken>, ReadLinkError> {
    let token = link.trim().rsplit('#').next().and_then(ResetToken::parse);
    let Some(token) = token else { return Ok(None) };
    Ok(account_of(backend, &token).await?.map(|_| token))
}

/// The address of the account whose password a link sets; `None` if the link is not valid. It changes nothing.
///
/// # Errors
///
/// When the database does not answer.
pub async fn account_of(backend: &Backend, token: &ResetToken) -> Result<Option<String>, ReadLinkError> {
    Ok(store::account_of(&backend.db, token).await?)
}

impl From<ReadLinkError> for AppError {
    fn from(ReadLinkError(error): ReadLinkError) -> Self {
        database::public_code(&error).into()
    }
}

/// Sets a password and ends every session of the account. This uses up the link.
///
/// # Errors
///
/// Each variant of [`ResetPasswordError`] is one reason.
#[tracing::instrument(name = "auth.reset_password", skip_all)]
pub async fn reset_password(backend: &Backend, token: &ResetToken, password: &str) -> Result<(), ResetPasswordError> {
    // Checked before hashing, which is expensive: a made-up link must not cause that work.
    let email = store::account_of(&backend.db, token).await?.ok_or(ResetPasswordError::LinkEnded)?;
    let password = Password::parse(password, &email)
        .map_err(|code| ResetPasswordError::Invalid(AppError::field(Field::NewPassword, code)))?;
    let hash = backend.passwords.hash(&password).await.map_err(ResetPasswordError::Hash)?;

    let mut tx = backend.begin().await?;
    let user = store::use_up(&mut *tx, token).await?;
    let user = user.ok_or(ResetPasswordError::LinkEnded)?;
    if !auth::store::set_password(&mut tx, user, &hash).await? {
        // The account was deleted meanwhile.
        return Err(ResetPasswordError::LinkEnded);
    }
    auth::store::delete_sessions_of(&mut *tx, user).await?;
    Ok(tx.commit().await?)
}

impl From<ResetPasswordError> for AppError {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::Invalid(problems) => problems,
            ResetPasswordError::LinkEnded => Code::ResetLinkEnded.into(),
            ResetPasswordError::Hash(_) => Code::Internal.into(),
            ResetPasswordError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{ResetId, UserId, auth::Credentials};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::{
            browser::Browser,
            email::Email,
            reset::LINK_MINUTES,
            sign_in::{TRIES_PER_ACCOUNT, sign_in},
        },
        current_user::current_user,
        ids::fresh,
        testing::{self, TestBackend, sign_up},
    };

    const HOME: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn credentials(password: &str) -> Credentials {
        Credentials { email: "ana@example.com".into(), password: password.into() }
    }

    /// A link for Ana, like the one in the mail.
    async fn link(backend: &Backend) -> ResetToken {
        let (id, token) = (fresh::<ResetId>(), ResetToken::generate());
        let email = Email::parse("ana@example.com").expect("an address");
        let mut db = backend.db.acquire().await.expect("a connection");
        assert!(store::note_request(&mut db, id, &email, i64::MAX, 0).await.expect("is stored"));
        store::arm(&mut db, id, &token).await.expect("arms").expect("an account");
        token
    }

    async fn refused(backend: &Backend, token: &ResetToken) -> bool {
        matches!(reset_password(backend, token, "another horse").await, Err(ResetPasswordError::LinkEnded))
    }

    async fn stored_hash(backend: &Backend, user: UserId) -> String {
        auth::store::password_hash(&backend.db, user).await.expect("reads").expect("a hash")
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn reset_sets_password_and_ends_sessions(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let session = sign_up(&backend, &credentials("correct horse"), &Browser::default()).await.expect("signs up");
        for _ in 0..=TRIES_PER_ACCOUNT {
            sign_in(&backend, &credentials("a guess"), HOME, &Browser::default()).await.expect_err("a wrong password");
        }
        reset_password(&backend, &link(&backend).await, "a new horse").await.expect("sets");
        assert_eq!(current_user(&backend, &session).await.expect("the database answers"), None);
        sign_in(&backend, &credentials("a new horse"), HOME, &Browser::default())
            .await
            .expect("earlier attempts do not count");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn link_fails_when_used_expired_or_replaced(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        testing::user(&backend.db, "ana").await;
        let used = link(&backend).await;
        reset_password(&backend, &used, "a new horse").await.expect("sets");
        assert!(refused(&backend, &used).await, "used");
        let followed = link(&backend).await;
        let old = link(&backend).await;
        assert!(refused(&backend, &followed).await, "a later link replaced it");
        testing::let_time_pass(&backend.db, Duration::from_mins(LINK_MINUTES.unsigned_abs().into())).await;
        assert!(refused(&backend, &old).await, "too old");
        let late = store::use_up(&backend.db, &old).await.expect("the database answers");
        assert_eq!(late, None, "nor if it expires while the password is hashed");
        assert!(refused(&backend, &ResetToken::generate()).await, "made up");
    }

    /// Where no script runs, people paste the link or its end.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn link_is_opened_whole_or_by_its_end(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        testing::user(&backend.db, "ana").await;
        let token = link(&backend).await;
        for pasted in [token.expose().to_owned(), format!(" https://gittix.example/reset#{}\n", token.expose())] {
            assert_eq!(open(&backend, &pasted).await.expect("reads"), Some(token.clone()), "{pasted}");
        }
        for made_up in ["", "#", "1", "https://gittix.example/reset#", ResetToken::generate().expose()] {
            assert_eq!(open(&backend, made_up).await.expect("reads"), None, "{made_up}");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn short_password_does_not_use_up_link(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        testing::user(&backend.db, "ana").await;
        let token = link(&backend).await;
        let short = AppError::from(reset_password(&backend, &token, "short").await.expect_err("too short"));
        assert_eq!(short, AppError::field(Field::NewPassword, Code::PasswordTooShort));
        reset_password(&backend, &token, "a new horse").await.expect("still good");
    }

    /// Proves that using up a link is one statement: with a separate check and write several requests
    /// succeed.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn only_one_of_many_uses_at_once_succeeds(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let token = link(&backend).await;
        // Holds all requests back until each has seen that the link is valid.
        let mut holder = backend.db.begin().await.expect("begins");
        sqlx::query("SELECT FROM password_resets FOR UPDATE").execute(&mut *holder).await.expect("locks");
        let mut uses = tokio::task::JoinSet::new();
        for n in 0..3 {
            let (backend, token) = (backend.clone(), token.clone());
            uses.spawn(async move { reset_password(&backend, &token, &format!("horse number {n}")).await });
        }
        testing::until("all wait for the row", || async { testing::waiting_for_locks(&backend.db).await == 3 }).await;
        let before = stored_hash(&backend, ana).await;
        holder.rollback().await.expect("rolls back");
        let outcomes = uses.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_ne!(stored_hash(&backend, ana).await, before);
    }
}
