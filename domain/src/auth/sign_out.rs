//! Signing out.

use model::AppError;

use super::{session::SessionToken, store};
use crate::{Backend, database};

/// The query that ends the session failed.
#[derive(Debug, thiserror::Error)]
#[error("the session was not ended")]
pub struct SignOutError(#[from] sqlx::Error);

/// Ends one session: its token becomes invalid. An unknown token counts as signed out.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "auth.sign_out", skip_all)]
pub async fn sign_out(backend: &Backend, token: &SessionToken) -> Result<(), SignOutError> {
    store::delete_session(&backend.db, token).await?;
    Ok(())
}

impl From<SignOutError> for AppError {
    fn from(SignOutError(error): SignOutError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use model::auth::Credentials;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::browser::Browser,
        current_user::current_user,
        testing::{TestBackend, sign_up},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_out_ends_this_session_only(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut tokens = Vec::new();
        for email in ["ana@example.com", "bob@example.com"] {
            let credentials = Credentials { email: email.into(), password: "correct horse".into() };
            tokens.push(sign_up(&backend, &credentials, &Browser::default()).await.expect("a new account"));
        }
        sign_out(&backend, &tokens[0]).await.expect("signs out");
        sign_out(&backend, &tokens[0]).await.expect("a second time is no error");
        assert_eq!(current_user(&backend, &tokens[0]).await.expect("the database answers"), None);
        assert!(current_user(&backend, &tokens[1]).await.expect("the database answers").is_some());
    }
}
