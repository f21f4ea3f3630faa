//! Purging sessions, sign-in attempts, sign-ups, reset requests and unfinished second factors.

use super::{attempts_store, reset, second_factor, sign_up, store};
use crate::{Backend, batches::in_batches};

/// Deletes ended sessions, and sign-in attempts, sign-ups, reset requests and unfinished second factors that count against
/// no limit. Returns how many rows.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "auth.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    let db = &backend.db;
    let mut deleted = in_batches(|limit| store::delete_expired_sessions(db, limit)).await?;
    deleted += in_batches(|limit| store::delete_idle_sessions(db, limit)).await?;
    deleted += in_batches(|limit| attempts_store::delete_old_attempts(db, limit)).await?;
    deleted += in_batches(|limit| reset::store::delete_stale(db, limit)).await?;
    deleted += in_batches(|limit| sign_up::store::delete_stale(db, limit)).await?;
    deleted += in_batches(|limit| second_factor::store::delete_stale_sign_ins(db, limit)).await?;
    deleted += in_batches(|limit| second_factor::store::delete_stale_set_ups(db, limit)).await?;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::auth::Credentials;
    use platform::database::pool;
    use sqlx::{AssertSqlSafe, PgPool};

    use super::*;
    use crate::{
        auth::{browser::Browser, reset::request::request_reset, sign_in::sign_in},
        testing::{self, Explain, Plan, TestBackend, sign_up},
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

    /// Stores 50,000 sessions and 50,000 attempts in no order of time: a fiftieth of them ended by their age, a
    /// twenty-fifth by not being used.
    async fn fill(db: &PgPool) {
        let user = testing::user(db, "bob").await;
        let sessions = "
            INSERT INTO sessions (token_hash, user_id, last_seen_at, expires_at)
            SELECT sha256(n::text::bytea), $1,
                now() - interval '1 day' * (CASE WHEN n % 25 = 1 THEN 15 ELSE 0 END + n % 13),
                now() + interval '1 day' * (CASE WHEN n % 50 = 0 THEN -30 ELSE 1 END + n % 29)
            FROM generate_series(1, 50000) n";
        sqlx::query(sessions).bind(user.as_uuid()).execute(db).await.expect("sessions");
        let attempts = "
            INSERT INTO sign_in_attempts (email, address, attempted_at)
            SELECT n || '@example.com', '192.0.2.1',
                now() - interval '1 minute' * (CASE WHEN n % 25 = 0 THEN 1440 ELSE 0 END + n % 59)
            FROM generate_series(1, 50000) n";
        sqlx::query(attempts).execute(db).await.expect("attempts");
    }

    /// The plans of one batch of each statement.
    async fn plans(db: &PgPool, limit: i64) -> Vec<Plan> {
        let mut explain = Explain::begin(db).await;
        store::delete_expired_sessions(&mut explain, limit).await.expect("explains");
        store::delete_idle_sessions(&mut explain, limit).await.expect("explains");
        attempts_store::delete_old_attempts(&mut explain, limit).await.expect("explains");
        explain.end().await
    }

    /// Proves the indexes and the form of the statements: without either, each run reads a whole table.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn purge_reads_only_what_it_deletes(db: PgPool) {
        // Otherwise autovacuum might renew the statistics at any moment.
        let stale = "
            ALTER TABLE sessions SET (autovacuum_enabled = off);
            ALTER TABLE sign_in_attempts SET (autovacuum_enabled = off);
            ANALYZE sessions, sign_in_attempts";
        sqlx::raw_sql(stale).execute(&db).await.expect("statistics of empty tables");
        fill(&db).await;
        for statistics in ["stale", "fresh"] {
            for plan in plans(&db, 100).await {
                assert!(!plan.reads_whole_table(), "{statistics}: {plan:?}");
                assert!((100..2_000).contains(&plan.buffers), "{statistics}: {plan:?}");
            }
            sqlx::raw_sql("ANALYZE sessions, sign_in_attempts").execute(&db).await.expect("statistics");
        }
        let backend = TestBackend::without_stripe(db);
        assert_eq!(purge(&backend).await.expect("purges"), 1000 + 2000 + 2000, "more than one statement deletes");
        // As autovacuum does: until then, the indexes still lead to what was deleted.
        for vacuum in ["VACUUM sessions", "VACUUM sign_in_attempts"] {
            sqlx::raw_sql(vacuum).execute(&backend.db).await.expect("no rows are left behind");
        }
        for plan in plans(&backend.db, 1_000).await {
            assert!(!plan.reads_whole_table() && plan.buffers < 100, "nothing is left to delete: {plan:?}");
        }
    }

    /// Proves `SKIP LOCKED`: two workers purge at once, and neither waits for the other.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn purge_waits_for_no_locked_row(db: PgPool) {
        fill(&db).await;
        let reset = "
            INSERT INTO password_resets (id, email, requested_at)
            SELECT gen_random_uuid(), n || '@example.com', now() - interval '2 days' FROM generate_series(1, 10) n";
        sqlx::query(reset).execute(&db).await.expect("requests");
        let sign_ups = "
            INSERT INTO sign_ups (id, email, password_hash, browser_hash, is_mailed, requested_at)
            SELECT gen_random_uuid(), n || '@example.com', 'a hash', sha256(n::text::bytea), true, now() - interval '2 days'
            FROM generate_series(1, 10) n";
        sqlx::query(sign_ups).execute(&db).await.expect("sign-ups");
        let mut other = db.begin().await.expect("a transaction");
        for (table, first) in [
            ("sessions", "expires_at"),
            ("sessions", "last_seen_at"),
            ("sign_in_attempts", "attempted_at"),
            ("password_resets", "requested_at"),
            ("sign_ups", "requested_at"),
        ] {
            let hold = format!("SELECT FROM {table} ORDER BY {first} LIMIT 5 FOR UPDATE");
            sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut *other).await.expect("holds");
        }
        // The product's pool, whose statements do not wait for ever.
        let backend = TestBackend::without_stripe(pool((*db.connect_options()).clone(), 2));
        assert_eq!(purge(&backend).await.expect("purges"), 5_020 - 5 * 5);
        other.rollback().await.expect("rolls back");
        assert_eq!(purge(&backend).await.expect("purges"), 5 * 5);
    }
}
