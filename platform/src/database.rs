//! The connection to PostgreSQL.

use std::{
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::settings::{SettingsError, Variables};

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

impl DatabaseSettings {
    /// Reads them: all that a command needs which asks nothing but the database.
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

    /// Makes a pool. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the address cannot be used.
    pub fn pool(&self) -> Result<PgPool, SettingsError> {
        connect(self).map_err(|_| SettingsError::new("DATABASE_URL cannot be read".into()))
    }
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
#[must_use]
pub fn pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
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

/// PostgreSQL's code for a write where none is taken, as after a failover.
pub const READ_ONLY: &str = "25006";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_name_tells_program_and_host() {
        let server = Path::new("/usr/local/bin/gittix-server");
        assert_eq!(application_name(server, "gittix-server-0\n"), "gittix-server/gittix-server-0");
        assert_eq!(application_name(server, ""), "gittix-server");
    }
}
