//! The connection to PostgreSQL, its schema and its one clock.

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgExecutor, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;

use crate::error::causes;

/// The schema, a file for each table.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// How long anybody waits for a connection: past it a request is better told to come back.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement waits for a row that somebody else has locked. Whoever holds one needs
/// milliseconds; a row that is held for longer must not gather every connection before it.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement may run, its waiting included. No request and no sweep has one that takes a second.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a transaction may do nothing. Nothing is waited for inside one: whose process hangs there
/// is cut off, and the rows it holds are free.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How the pool is made.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host/database`
    pub url: SecretString,
    /// The most connections one process opens.
    pub max_connections: u32,
}

/// Makes a pool. Connections are opened when first needed, so a database that is
/// still starting is no reason to stop.
///
/// # Errors
///
/// When the URL cannot be read.
pub fn connect(settings: &DatabaseSettings) -> Result<PgPool, sqlx::Error> {
    Ok(pool(settings.url.expose_secret().parse()?, settings.max_connections))
}

/// A pool whose connections are bounded and named, and not kept to a database that takes no writes.
fn pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .before_acquire(|_, connection| Box::pin(async move { Ok(!is_given_up(connection.age)) }))
        .connect_lazy_with(named(bounded(options)))
}

/// Connections that `pg_stat_activity` tells apart. A name that the URL gives stays.
fn named(options: PgConnectOptions) -> PgConnectOptions {
    if options.get_application_name().is_some() {
        return options;
    }
    let program = env::current_exe().unwrap_or_default();
    // In a container the pod's or the container's.
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    options.application_name(&application_name(&program, &host))
}

/// As `gittix-server/gittix-server-5d9c7-x2x8z`. PostgreSQL keeps the first 63 bytes.
fn application_name(program: &Path, host: &str) -> String {
    let program = program.file_stem().unwrap_or_default().to_string_lossy();
    match host.trim() {
        "" => program.into_owned(),
        host => format!("{program}/{host}"),
    }
}

/// When a write was last refused because the database takes none.
///
/// After a failover a pool still has connections to the server that was the primary, for half an hour.
/// Those opened before the refusal are closed instead of being used again, and new ones find the primary.
static WRITE_REFUSED_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// How often at most connections are given up for a refused write. Where the whole database takes no writes, a
/// new connection is no better.
const GIVE_UP_PAUSE: Duration = Duration::from_secs(10);

/// Notes a failure, where it is one after which connections are given up.
pub fn note_failure(error: &sqlx::Error) {
    let is_refused_write =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == READ_ONLY);
    if is_refused_write {
        let mut refused_at = WRITE_REFUSED_AT.lock().unwrap_or_else(PoisonError::into_inner);
        if refused_at.is_none_or(|refused_at| refused_at.elapsed() >= GIVE_UP_PAUSE) {
            tracing::warn!("the database takes no writes: connections to it are opened anew");
            *refused_at = Some(Instant::now());
        }
    }
}

/// Whether a connection of this age was opened before the last refused write.
fn is_given_up(age: Duration) -> bool {
    let refused_at = *WRITE_REFUSED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    refused_at.is_some_and(|refused_at| refused_at.elapsed() < age)
}

/// Connections that wait for nothing without end.
#[must_use]
pub fn bounded(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("lock_timeout", LOCK_TIMEOUT.as_millis()),
        ("statement_timeout", STATEMENT_TIMEOUT.as_millis()),
        ("idle_in_transaction_session_timeout", IDLE_TIMEOUT.as_millis()),
    ])
}

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

/// Whether the failure is the named constraint refusing a row.
pub(crate) fn is_violation_of(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint) == Some(constraint)
}

/// PostgreSQL's code for a write where none is taken, as after a failover.
const READ_ONLY: &str = "25006";

/// The public words for a failure of the database: ours to mend, or a wait.
pub(crate) fn public_code(error: &sqlx::Error) -> crate::Code {
    note_failure(error);
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => crate::Code::Unavailable,
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
            crate::Code::Unavailable
        }
        _ => crate::Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgConnection;

    use super::*;
    use crate::{
        AppError, Code, Money,
        orders::lock::lock,
        testing::{self, TestBackend},
        tickets::browse::browse,
    };

    /// A pool like the product's, on a test's database.
    fn like_the_products(db: &PgPool) -> PgPool {
        pool((*db.connect_options()).clone(), 5)
    }

    async fn hold(db: &mut PgConnection, ticket: crate::TicketId) {
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
        // Another test of this process may just have had connections given up.
        *WRITE_REFUSED_AT.lock().expect("the lock") = None;
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
        let program = env::current_exe().expect("this test");
        let (program, _) = program.file_stem().and_then(|stem| stem.to_str()?.split_once('-')).expect("a name");
        let name = shown(options.clone()).await;
        assert!(name.starts_with(program) && name.contains('/'), "{name}");
        assert_eq!(shown(options.application_name("theirs")).await, "theirs", "what the URL says stays");
        let server = Path::new("/usr/local/bin/gittix-server");
        assert_eq!(application_name(server, "gittix-server-0\n"), "gittix-server/gittix-server-0");
        assert_eq!(application_name(server, ""), "gittix-server");
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
