//! The connection to PostgreSQL.

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::settings::{SettingsError, Variables};

/// How long a request waits for a connection: after that, a 503 that asks for a retry is better.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement waits for a locked row. A transaction holds a row for
/// milliseconds; a row that is held for longer must not use up all connections with waiting statements.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement may run, waits included. No statement of a request or a sweep takes a second.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a transaction may be idle. The code waits for nothing inside a transaction: if its process hangs there,
/// PostgreSQL ends the connection, which frees the rows.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be idle and still be used without a test.
const UNTESTED_IDLE_MAX: Duration = Duration::from_secs(1);

/// The settings of the pool.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host/database`
    pub url: SecretString,
    /// The most connections one process opens.
    pub max_connections: u32,
}

impl DatabaseSettings {
    /// Reads the settings, for commands that need only the database.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            url: variables.secret("DATABASE_URL", "`postgres://user:password@host/database`"),
            max_connections: variables.bounded(
                "DATABASE_CONNECTIONS",
                20,
                1..=1000,
                "the most connections that one process opens",
            ),
        }
    }

    /// Whether the connection is encrypted and the server's certificate is checked. An address that cannot be read is
    /// complained about elsewhere.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let options = self.url.expose_secret().parse::<PgConnectOptions>();
        options.is_ok_and(|options| matches!(options.get_ssl_mode(), PgSslMode::VerifyFull))
    }

    /// Makes a pool without connecting.
    ///
    /// # Errors
    ///
    /// When the address is invalid.
    pub fn pool(&self) -> Result<PgPool, SettingsError> {
        connect(self).map_err(|_| SettingsError::new("DATABASE_URL cannot be read".into()))
    }
}

/// What migrates the schema: its owner, and the role of the application that gets its rights.
#[derive(Clone, Debug)]
pub struct MigrationSettings {
    /// The owner's connection.
    pub owner: DatabaseSettings,
    /// The role that servers and workers connect as; `None` if it is the owner itself.
    pub application: Option<String>,
}

impl MigrationSettings {
    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let application = DatabaseSettings::read(variables);
        let owner = variables.optional(
            "MIGRATION_DATABASE_URL",
            "the same database for `migrate` alone, by the role that owns the schema. That of `DATABASE_URL` then gets the rights of an application, and [cannot change the ledger](DATABASE.md#two-roles). Without it, one role does both",
        );
        let Some(owner) = owner else { return Self { owner: application, application: None } };
        let mut role = |name: &str, url: &str| {
            let role = url.parse::<PgConnectOptions>().map(|options| options.get_username().to_owned());
            // What is not set is complained about already.
            if role.is_err() && !url.is_empty() {
                variables.complain(format!("{name} cannot be read"));
            }
            role.unwrap_or_default()
        };
        let owner_role = role("MIGRATION_DATABASE_URL", &owner);
        let application_role = role("DATABASE_URL", application.url.expose_secret());
        Self {
            owner: DatabaseSettings { url: owner.into(), ..application },
            application: (application_role != owner_role).then_some(application_role),
        }
    }
}

/// Makes a pool. Connections open when first needed, so the process starts even if the database is
/// still starting.
///
/// # Errors
///
/// When the URL cannot be parsed.
pub fn connect(settings: &DatabaseSettings) -> Result<PgPool, sqlx::Error> {
    Ok(pool(settings.url.expose_secret().parse()?, settings.max_connections))
}

/// A pool with timeouts and a name for its connections, which are dropped if their database is read-only.
#[must_use]
pub fn pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // sqlx would test each connection before its use, and a request would wait for one more round trip each
        // time. The hook below tests the idle ones. sqlx's test after a use cannot be switched off; no request waits
        // for it.
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move { Ok(is_usable(connection, idle.age, idle.idle_for).await) })
        })
        .connect_lazy_with(named(bounded(options)))
}

/// Names the connections in `pg_stat_activity`. A name from the URL takes precedence.
fn named(options: PgConnectOptions) -> PgConnectOptions {
    if options.get_application_name().is_some() {
        return options;
    }
    let program = env::current_exe().unwrap_or_default();
    // In a container, this is the name of the pod or the container.
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    options.application_name(&application_name(&program, &host))
}

/// For example `gittix-server/gittix-server-5d9c7-x2x8z`. PostgreSQL keeps the first 63 bytes.
fn application_name(program: &Path, host: &str) -> String {
    let program = program.file_stem().unwrap_or_default().to_string_lossy();
    match host.trim() {
        "" => program.into_owned(),
        host => format!("{program}/{host}"),
    }
}

/// PostgreSQL's code for a write to a read-only database, as after a failover.
pub const READ_ONLY: &str = "25006";

/// When a write was last refused by a read-only database.
///
/// After a failover, a pool keeps connections to the former primary for up to half an hour.
/// Connections opened before the refusal are closed instead of reused, and new ones find the primary.
static WRITE_REFUSED_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// The least time between two rounds of dropped connections. If the whole database is read-only, a
/// new connection does not help.
const GIVE_UP_PAUSE: Duration = Duration::from_secs(10);

/// Records a failure, if connections must be dropped after it.
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

/// Whether a request may have the connection.
///
/// A connection that was idle for long may be broken, because its server has stopped or a network in between has
/// forgotten it. One that has just answered is used without a test: if it is cut in the very second, its statement fails
/// as temporarily unavailable.
async fn is_usable(connection: &mut PgConnection, age: Duration, idle_for: Duration) -> bool {
    if is_given_up(age) {
        return false;
    }
    if idle_for <= UNTESTED_IDLE_MAX {
        return true;
    }
    match connection.ping().await {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "an idle connection is broken: another takes its place");
            false
        }
    }
}

/// Sets the timeouts of a connection, and keeps its statements to one process of PostgreSQL.
///
/// With more processes the planner takes a table that it has to read from end to end for cheap. The shop reads a few
/// rows for each of many requests: those processes take the time of other requests.
#[must_use]
pub fn bounded(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("lock_timeout", LOCK_TIMEOUT.as_millis()),
        ("statement_timeout", STATEMENT_TIMEOUT.as_millis()),
        ("idle_in_transaction_session_timeout", IDLE_TIMEOUT.as_millis()),
        ("max_parallel_workers_per_gather", 0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_name_tells_program_and_host() {
        let server = Path::new("/usr/local/bin/gittix-server");
        assert_eq!(application_name(server, "gittix-server-0\n"), "gittix-server/gittix-server-0");
        assert_eq!(application_name(server, ""), "gittix-server");
    }

    /// Proves that a request does not wait for a test of a connection that has just been used, and that others are
    /// tested.
    #[sqlx::test(migrations = false)]
    async fn only_connection_that_was_idle_is_tested(db: PgPool) {
        let mut cut = db.acquire().await.expect("a connection").detach();
        assert!(is_usable(&mut cut, Duration::ZERO, Duration::from_mins(1)).await);
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut cut).await.expect("its process");
        let end = sqlx::query_scalar::<_, bool>("SELECT pg_terminate_backend($1, 60000)").bind(pid);
        assert!(end.fetch_one(&db).await.expect("ends it"));
        // The answer shows that there was no test: the connection is broken.
        assert!(is_usable(&mut cut, Duration::ZERO, UNTESTED_IDLE_MAX).await);
        assert!(!is_usable(&mut cut, Duration::ZERO, UNTESTED_IDLE_MAX + Duration::from_millis(1)).await);
    }
}
