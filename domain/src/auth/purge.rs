//! Purging sessions, sign-in attempts and reset requests.

use super::{reset, store};
use crate::Backend;

/// Rows of each kind that one run deletes.
const BATCH: i64 = 1000;

/// Deletes ended sessions, and sign-in attempts and reset requests that count against no limit. Returns
/// how many rows.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "auth.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    let mut db = backend.db.acquire().await?;
    Ok(store::delete_stale(&mut db, BATCH).await? + reset::store::delete_stale(&mut *db, BATCH).await?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::auth::Credentials;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::{browser::Browser, reset::request::request_reset, sign_in::sign_in, sign_up::sign_up},
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn purge_deletes_only_what_has_ended(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let credentials = Credentials { email: "ana@example.com".into(), password: "correct horse".into() };
        sign_up(&backend, &credentials, &Browser::default()).await.expect("a new account");
        let wrong = Credentials { password: "wrong horse".into(), ..credentials.clone() };
        sign_in(&backend, &wrong, [192, 0, 2, 1].into(), &Browser::default()).await.expect_err("another password");
        request_reset(&backend, "ana@example.com").await.expect("is stored");
        assert_eq!(purge(&backend).await.expect("purges"), 0);

        testing::let_time_pass(&backend.db, Duration::from_hours(31 * 24)).await;
        sign_in(&backend, &credentials, [192, 0, 2, 1].into(), &Browser::default()).await.expect("signs in");
        sign_in(&backend, &wrong, [192, 0, 2, 1].into(), &Browser::default()).await.expect_err("another password");
        assert_eq!(
            purge(&backend).await.expect("purges"),
            2,
            "the old session and the old request; signing in cleared the old attempt"
        );
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM sessions").await, 1);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM sign_in_attempts").await, 1);
    }
}
