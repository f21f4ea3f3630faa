//! Purging idempotency keys.

use super::store;
use crate::{Backend, batches::in_batches};

/// Deletes keys that are older than a day. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "idempotency.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    in_batches(|limit| store::delete_old(&backend.db, limit)).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::PgPool;

    use super::*;
    use crate::{
        idempotency::{
            IdempotentRequest,
            begin::{BeginError, Begun, begin},
        },
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn key_lasts_a_day_and_running_request_a_minute(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let call = IdempotentRequest::new(ana, "k", "/rpc/lock_ticket", b"ticket=1");
        assert_eq!(begin(&backend, &call).await.expect("begins"), Begun::Run);
        let again = begin(&backend, &call).await;
        assert!(matches!(again, Err(BeginError::KeyInUse)), "{again:?}");
        testing::let_time_pass(&backend.db, Duration::from_secs(61)).await;
        assert_eq!(begin(&backend, &call).await.expect("its process has died"), Begun::Run);

        assert_eq!(purge(&backend).await.expect("purges"), 0);
        testing::let_time_pass(&backend.db, Duration::from_hours(24)).await;
        let other = IdempotentRequest::new(ana, "k", "/rpc/lock_ticket", b"ticket=2");
        assert_eq!(begin(&backend, &other).await.expect("the key is free again"), Begun::Run);
        testing::let_time_pass(&backend.db, Duration::from_hours(24)).await;
        assert_eq!(purge(&backend).await.expect("purges"), 1);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn purge_deletes_more_than_one_statement_does(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let write = "
            INSERT INTO idempotency_keys (user_id, key, endpoint, body_hash, created_at)
            SELECT $1, n, '/', sha256(''), now() - interval '25 hours' * (n % 2) FROM generate_series(1, 5000) n";
        sqlx::query(write).bind(ana.as_uuid()).execute(&backend.db).await.expect("keys");
        assert_eq!(purge(&backend).await.expect("purges"), 2500);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM idempotency_keys").await, 2500);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn keys_are_bounded_and_separate_per_user(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        for key in ["", "a b", "é", &"k".repeat(256)] {
            let refused = begin(&backend, &IdempotentRequest::new(ana, key, "/", b"")).await;
            assert!(matches!(refused, Err(BeginError::InvalidKey)), "{key}: {refused:?}");
        }
        for (user, body) in [(ana, b"1"), (bob, b"2")] {
            let call = IdempotentRequest::new(user, &"k".repeat(255), "/", body);
            assert_eq!(begin(&backend, &call).await.expect("begins"), Begun::Run);
        }
    }
}
