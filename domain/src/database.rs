//! The schema in PostgreSQL, its one clock, and what its failures are called.

use std::time::Duration;

use model::error::causes;
use platform::database::{READ_ONLY, note_failure};
use sqlx::{
    Connection, PgExecutor, PgPool,
    migrate::{MigrateError, Migrator},
};
use time::OffsetDateTime;

/// The schema, a file for each table.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Brings the schema up to date, however long that takes: an index on a large table takes minutes.
///
/// # Errors
///
/// When a migration fails, or is not the one that was applied before.
pub async fn migrate(db: &PgPool) -> Result<(), MigrateError> {
    let mut connection = db.acquire().await?.detach();
    sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
    // Several processes that migrate at once wait for each other, also for as long as it takes.
    sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
    let mut migrations = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
    // What a later version added stays when this one is put back in its place.
    migrations.set_ignore_missing(true);
    migrations.run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Waits until the database is there and has every migration that this version knows, for as long as
/// that takes: whoever migrates may be at an index, and its version goes on serving meanwhile.
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

/// The database's clock, the only one that decides.
///
/// `clock_timestamp()` and not `now()`: the latter stands still from the start of a
/// transaction, and a transaction that has waited for a row lock would decide in the past.
///
/// # Errors
///
/// When the database does not answer.
pub(crate) async fn clock(db: impl PgExecutor<'_>) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(db).await
}

/// A move of a state that changed no row is a failure of ours, where the caller knew that it would change one:
/// the row is locked, and its status was read under that lock.
pub(crate) fn moved(has_moved: bool) -> sqlx::Result<()> {
    if has_moved { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Whether the failure is the named constraint refusing a row.
pub(crate) fn is_violation_of(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint) == Some(constraint)
}

/// The public words for a failure of the database: ours to mend, or a wait.
pub(crate) fn public_code(error: &sqlx::Error) -> model::Code {
    note_failure(error);
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => model::Code::Unavailable,
        // Class 57: the server is shutting down or starting up, or a statement took too long. 53: it has
        // no room left. 08: the connection is lost, or PgBouncer has none. 55P03: another transaction holds
        // the row. 25P03: a transaction did nothing for too long. 40P01 and 40001: two transactions waited
        // for each other, or met, and this one was rolled back for the other.
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
    use model::{AppError, Code, Money};
    use platform::database::pool;
    use sqlx::{PgConnection, postgres::PgConnectOptions};

    use super::*;
    use crate::{
        orders::lock::lock,
        testing::{self, TestBackend},
        tickets::browse::browse,
    };

    /// A pool like the product's, on a test's database.
    fn like_the_products(db: &PgPool) -> PgPool {
        pool((*db.connect_options()).clone(), 5)
    }

    async fn hold(db: &mut PgConnection, ticket: model::TicketId) {
        sqlx::query("SELECT FROM tickets WHERE id = $1 FOR UPDATE")
            .bind(ticket.as_uuid())
            .execute(db)
            .await
            .expect("holds");
    }

    /// Proves `lock_timeout` and its code: without the one the buyers wait for ever, each on a
    /// connection; without the other they are told that the fault is ours.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn a_row_that_is_held_for_long_holds_up_nobody_else(db: PgPool) {
        let backend = TestBackend::without_stripe(like_the_products(&db));
        let ana = testing::user(&db, "ana").await;
        let buyers = testing::users(&db, 4).await;
        let (held, other) = (testing::ticket(&backend, ana).await, testing::ticket(&backend, ana).await);
        let mut holder = db.begin().await.expect("a transaction");
        hold(&mut holder, held).await;

        let waiting = buyers.iter().map(|buyer| lock(&backend, *buyer, held, Money::usd(4950)));
        let waiting = futures_util::future::join_all(waiting);
        let beside = async {
            testing::until("they wait for the row", || async { testing::waiting_for_locks(&db).await > 3 }).await;
            lock(&backend, buyers[0], other, Money::usd(4950)).await
        };
        let (refused, beside) = tokio::join!(waiting, beside);
        beside.expect("another ticket is locked meanwhile");
        for refused in refused {
            assert_eq!(AppError::from(refused.expect_err("the row is held")).code(), Code::Unavailable);
        }
        holder.rollback().await.expect("lets go");
        lock(&backend, buyers[0], held, Money::usd(4950)).await.expect("locks as soon as the row is free");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn a_version_waits_for_its_own_schema_and_leaves_later_ones_alone(db: PgPool) {
        assert!(is_current(&db).await.expect("answers"));
        let table = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)";
        sqlx::query(sqlx::AssertSqlSafe(format!("{table} VALUES (30000101000000, 'of a later version', true, '', 0)")))
            .execute(&db)
            .await
            .expect("inserts");
        migrate(&db).await.expect("nothing to do");
        assert!(is_current(&db).await.expect("answers"));

        sqlx::query(
            "UPDATE _sqlx_migrations SET success = false WHERE version = (SELECT min(version) FROM _sqlx_migrations)",
        )
        .execute(&db)
        .await
        .expect("updates");
        assert!(!is_current(&db).await.expect("answers"));
    }

    /// Proves the bound on waiting for a connection.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn an_exhausted_pool_answers_and_recovers(db: PgPool) {
        let pool = like_the_products(&db);
        let backend = TestBackend::without_stripe(pool.clone());
        let mut taken = Vec::new();
        for _ in 0..5 {
            taken.push(pool.acquire().await.expect("a connection"));
        }
        let refused = browse(&backend, None).await.expect_err("no connection is left");
        assert_eq!(AppError::from(refused).code(), Code::Unavailable);
        taken.clear();
        browse(&backend, None).await.expect("browses");
    }

    /// Nothing is wrong with what was asked for, and asked again it goes through.
    #[sqlx::test(migrations = false)]
    async fn who_is_rolled_back_for_another_is_told_to_come_again(db: PgPool) {
        let wait = ["40P01", "40001", "08006", "08P01"].map(|state| (state, Code::Unavailable));
        for (state, expected) in wait.into_iter().chain([("23505", Code::Internal)]) {
            let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'told so' USING ERRCODE = '{state}'; END $$");
            let error = sqlx::raw_sql(sqlx::AssertSqlSafe(raise)).execute(&db).await.expect_err("raises");
            assert_eq!(public_code(&error), expected, "{state}");
        }
    }

    /// As after a failover, when a connection leads to what has become a standby.
    ///
    /// Proves that such connections are given up: otherwise every write of the next half hour is refused.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn connection_that_refuses_writes_is_replaced(db: PgPool) {
        let pool = pool((*db.connect_options()).clone(), 1);
        let backend = TestBackend::without_stripe(pool.clone());
        let (ana, bob) = (testing::user(&db, "ana").await, testing::user(&db, "bob").await);
        let ticket = testing::ticket(&backend, ana).await;
        sqlx::query("SET default_transaction_read_only = on").execute(&pool).await.expect("a setting");
        let refused = lock(&backend, bob, ticket, Money::usd(4950)).await.expect_err("no writes are taken");
        assert_eq!(AppError::from(refused).code(), Code::Unavailable);
        lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks through a new connection");
    }

    #[sqlx::test(migrations = false)]
    async fn activity_shows_whose_a_connection_is(db: PgPool) {
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
    async fn nothing_runs_or_idles_without_end(db: PgPool) {
        let pool = like_the_products(&db);
        let code = async |make_short: &'static str, then: &'static str| {
            let mut tx = pool.begin().await.expect("a transaction");
            sqlx::query(make_short).execute(&mut *tx).await.expect("a setting");
            let error = sqlx::query(then).execute(&mut *tx).await.expect_err("it takes too long");
            public_code(&error)
        };
        assert_eq!(code("SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(20)").await, Code::Unavailable);
        for (setting, expected) in
            [("lock_timeout", "3s"), ("statement_timeout", "20s"), ("idle_in_transaction_session_timeout", "10s")]
        {
            let set: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(setting)
                .fetch_one(&pool)
                .await
                .expect("a setting");
            assert_eq!(set, expected, "{setting}");
        }
    }
}
