//! The schema in PostgreSQL, the database's clock, and the public codes of its errors.

pub mod roles;

use std::time::Duration;

use model::error::causes;
use platform::database::{READ_ONLY, note_failure};
use sqlx::{
    Connection, PgExecutor, PgPool,
    migrate::{MigrateError, Migrator},
};
use time::OffsetDateTime;

/// The migrations: one file for each table.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Migrates the schema to this version. It has no timeout: an index on a large table takes minutes. Then it gives the role
/// `application` its [rights](roles), if it is another one than migrates.
///
/// # Errors
///
/// When a migration fails, or an applied migration differs from the one in this version; when there is no such role.
pub async fn migrate(db: &PgPool, application: Option<&str>) -> Result<(), MigrateError> {
    let mut connection = db.acquire().await?.detach();
    sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
    // Processes that migrate at the same time wait for each other, without a timeout too.
    sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
    let mut migrations = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
    // Migrations of a later version stay when this version is deployed again after it.
    migrations.set_ignore_missing(true);
    migrations.run(&mut connection).await?;
    if let Some(application) = application {
        roles::grant(&mut connection, application).await?;
    }
    Ok(connection.close().await?)
}

/// Waits until the database is available and has every migration of this version. It has no timeout: the
/// process that migrates may be building an index, and the previous version serves meanwhile.
pub async fn await_schema(db: &PgPool) {
    loop {
        match is_current(db).await {
            Ok(true) => return,
            Ok(false) => tracing::info!("waiting for the schema"),
            Err(error) => tracing::info!(error.causes = causes(&error), "waiting for the database or its first schema"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn is_current(db: &PgPool) -> Result<bool, sqlx::Error> {
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success AND version = ANY($1)")
        .bind(&known)
        .fetch_one(db)
        .await?;
    Ok(usize::try_from(applied) == Ok(known.len()))
}

/// The database's clock, the only clock that decides.
///
/// It is `clock_timestamp()`, because `now()` is the time at which the transaction began: after waiting
/// for a row lock, a transaction would decide by a past time.
///
/// # Errors
///
/// When the database does not answer.
pub(crate) async fn clock(db: impl PgExecutor<'_>) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(db).await
}

/// Fails if an update changed no row although the caller knew that it would: the caller holds the row
/// lock and has read the status under it. That is an internal error.
pub(crate) fn moved(has_moved: bool) -> sqlx::Result<()> {
    if has_moved { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Whether the error is a violation of the named constraint.
pub(crate) fn is_violation_of(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint) == Some(constraint)
}

/// The public code of a database error: an internal error, or temporarily unavailable.
pub(crate) fn public_code(error: &sqlx::Error) -> model::Code {
    note_failure(error);
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        // What answers does not speak PostgreSQL's protocol: a server that is stopping answers the request for
        // TLS with an error, and a pooler may mix up its clients.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => model::Code::Unavailable,
        // Class 57: the server is shutting down or starting up, or a statement timed out. 53: it has no
        // room left. 08: the connection is lost, or PgBouncer has none. 55P03: another transaction holds
        // the row. 25P03: a transaction was idle for too long. 40P01 and 40001: a deadlock or a
        // serialization failure, and this transaction was rolled back for the other.
        sqlx::Error::Database(error)
            if error.code().is_some_and(|code| {
                ["57", "53", "08"].iter().any(|class| code.starts_with(class))
                    || [READ_ONLY, "55P03", "25P03", "40P01", "40001"].contains(&code.as_ref())
            }) =>
        {
            model::Code::Unavailable
        }
        _ => model::Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use model::{AppError, Code, Money};
    use platform::database::pool;
    use sqlx::{PgConnection, postgres::PgConnectOptions};

    use super::*;
    use crate::{
        catalogue::home::home,
        testing::{self, Listed, TestBackend},
    };

    #[test]
    fn answer_that_is_no_postgres_is_unavailable() {
        let stopping = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x45".into());
        assert_eq!(public_code(&stopping), Code::Unavailable);
    }

    /// A pool with the product's options, on a test's database.
    fn like_the_products(db: &PgPool) -> PgPool {
        pool((*db.connect_options()).clone(), 5)
    }

    async fn hold(db: &mut PgConnection, ticket: model::ListingId) {
        sqlx::query("SELECT FROM listings WHERE id = $1 FOR UPDATE")
            .bind(ticket.as_uuid())
            .execute(db)
            .await
            .expect("holds");
    }

    /// Proves `lock_timeout` and its code: without the timeout the buyers wait for ever, each on a
    /// connection; without the code they get an internal error.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn held_row_times_out_its_waiters(db: PgPool) {
        let backend = TestBackend::without_stripe(like_the_products(&db));
        let ana = testing::user(&db, "ana").await;
        let buyers = testing::users(&db, 4).await;
        let (held, other) = (testing::listing(&backend, ana).await, testing::listing(&backend, ana).await);
        let mut holder = db.begin().await.expect("a transaction");
        hold(&mut holder, held).await;

        let waiting = buyers.iter().map(|buyer| testing::lock_one(&backend, *buyer, held, Money::usd(4950)));
        let waiting = futures_util::future::join_all(waiting);
        let beside = async {
            testing::until("they wait for the row", || async { testing::waiting_for_locks(&db).await > 3 }).await;
            testing::lock_one(&backend, buyers[0], other, Money::usd(4950)).await
        };
        let (refused, beside) = tokio::join!(waiting, beside);
        beside.expect("another ticket is locked meanwhile");
        for refused in refused {
            assert_eq!(AppError::from(refused.expect_err("the row is held")).code(), Code::Unavailable);
        }
        holder.rollback().await.expect("rolls back");
        testing::lock_one(&backend, buyers[0], held, Money::usd(4950)).await.expect("locks as soon as the row is free");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn await_schema_waits_for_known_migrations_only(db: PgPool) {
        assert!(is_current(&db).await.expect("answers"));
        let table = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)";
        sqlx::query(sqlx::AssertSqlSafe(format!("{table} VALUES (30000101000000, 'of a later version', true, '', 0)")))
            .execute(&db)
            .await
            .expect("inserts");
        migrate(&db, None).await.expect("nothing to do");
        assert!(is_current(&db).await.expect("answers"));

        sqlx::query(
            "UPDATE _sqlx_migrations SET success = false WHERE version = (SELECT min(version) FROM _sqlx_migrations)",
        )
        .execute(&db)
        .await
        .expect("updates");
        assert!(!is_current(&db).await.expect("answers"));
    }

    /// Proves the timeout of waiting for a connection.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn exhausted_pool_answers_unavailable_and_recovers(db: PgPool) {
        let pool = like_the_products(&db);
        let backend = TestBackend::without_stripe(pool.clone());
        let mut taken = Vec::new();
        for _ in 0..5 {
            taken.push(pool.acquire().await.expect("a connection"));
        }
        let refused = home(&backend, None).await.expect_err("no connection is left");
        assert_eq!(refused.code(), Code::Unavailable);
        taken.clear();
        home(&backend, None).await.expect("reads");
    }

    /// The request is valid, and succeeds when it is sent again.
    #[sqlx::test(migrations = false)]
    async fn deadlock_victim_gets_503(db: PgPool) {
        let wait = ["40P01", "40001", "08006", "08P01"].map(|state| (state, Code::Unavailable));
        for (state, expected) in wait.into_iter().chain([("23505", Code::Internal)]) {
            let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'told so' USING ERRCODE = '{state}'; END $$");
            let error = sqlx::raw_sql(sqlx::AssertSqlSafe(raise)).execute(&db).await.expect_err("raises");
            assert_eq!(public_code(&error), expected, "{state}");
        }
    }

    /// After a failover a connection may lead to a server that has become a standby.
    ///
    /// Proves that such connections are closed: otherwise every write of the next half hour fails.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn connection_that_refuses_writes_is_replaced(db: PgPool) {
        let pool = pool((*db.connect_options()).clone(), 1);
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(pool.clone()).await;
        sqlx::query("SET default_transaction_read_only = on").execute(&pool).await.expect("a setting");
        let refused =
            testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect_err("no writes are taken");
        assert_eq!(AppError::from(refused).code(), Code::Unavailable);
        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks through a new connection");
    }

    /// Ends the connections of the pool that is named `name`, and waits until they have ended.
    async fn cut(db: &PgPool, name: &str) {
        let end = "SELECT bool_and(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE application_name = $1";
        assert!(sqlx::query_scalar::<_, bool>(end).bind(name).fetch_one(db).await.expect("ends them"));
    }

    /// Proves the test of idle connections: one that was cut reaches no request. Busy ones are not tested, so one that
    /// is cut within the second costs a request a 503, and the next request has another connection.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn cut_connections_are_replaced(db: PgPool) {
        let tested_after = Duration::from_secs(1);
        let pool = pool((*db.connect_options()).clone().application_name("cut"), 3);
        let backend = TestBackend::without_stripe(pool.clone());
        let opened = [pool.acquire().await, pool.acquire().await, pool.acquire().await];
        drop(opened.map(|connection| connection.expect("a connection")));
        testing::until("all are idle", async || pool.num_idle() == 3).await;
        cut(&db, "cut").await;
        let idle_since = Instant::now();
        testing::until("they were idle for long", async || idle_since.elapsed() > tested_after).await;
        let used_since = Instant::now();
        for _ in 0..4 {
            home(&backend, None).await.expect("reads through a new connection");
        }

        testing::until("all are idle", async || pool.num_idle() == 3).await;
        cut(&db, "cut").await;
        for _ in 0..3 {
            match home(&backend, None).await {
                Err(error) => assert_eq!(error.code(), Code::Unavailable),
                Ok(_) => assert!(used_since.elapsed() > tested_after, "it had waited for a test"),
            }
        }
        home(&backend, None).await.expect("each broken connection is gone after its use");
    }

    #[sqlx::test(migrations = false)]
    async fn activity_shows_application_name(db: PgPool) {
        let shown = async |options: PgConnectOptions| {
            let sql = "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()";
            sqlx::query_scalar::<_, String>(sql).fetch_one(&pool(options, 1)).await.expect("a name")
        };
        let options = (*db.connect_options()).clone();
        let program = std::env::current_exe().expect("this test");
        let (program, _) = program.file_stem().and_then(|stem| stem.to_str()?.split_once('-')).expect("a name");
        let name = shown(options.clone()).await;
        assert!(name.starts_with(program) && name.contains('/'), "{name}");
        assert_eq!(shown(options.application_name("theirs")).await, "theirs", "what the URL says stays");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn statements_and_idle_transactions_time_out(db: PgPool) {
        let pool = like_the_products(&db);
        let code = async |make_short: &'static str, then: &'static str| {
            let mut tx = pool.begin().await.expect("a transaction");
            sqlx::query(make_short).execute(&mut *tx).await.expect("a setting");
            let error = sqlx::query(then).execute(&mut *tx).await.expect_err("it takes too long");
            public_code(&error)
        };
        assert_eq!(code("SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(20)").await, Code::Unavailable);
        for (setting, expected) in [
            ("lock_timeout", "3s"),
            ("statement_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("max_parallel_workers_per_gather", "0"),
        ] {
            let set: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(setting)
                .fetch_one(&pool)
                .await
                .expect("a setting");
            assert_eq!(set, expected, "{setting}");
        }
    }
}
