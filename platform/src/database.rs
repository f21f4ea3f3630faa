//! The connection to PostgreSQL.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::settings::Variables;

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
    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            url: variables.secret("DATABASE_URL", "postgres://user:password@host/database"),
            max_connections: variables.bounded("DATABASE_CONNECTIONS", 20, 1..=1000),
        }
    }
}

/// Makes a pool. Connections are opened when first needed, so a database that is
/// still starting is no reason to stop.
///
/// # Errors
///
/// When the URL cannot be read.
pub fn connect(settings: &DatabaseSettings) -> Result<PgPool, sqlx::Error> {
    let options = bounded(settings.url.expose_secret().parse()?);
    Ok(PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options))
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
