//! The connection to PostgreSQL, its schema and its one clock.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{PgExecutor, PgPool, migrate::Migrator, postgres::PgPoolOptions};
use time::OffsetDateTime;

/// The schema, forward only.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

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
    PgPoolOptions::new()
        .max_connections(settings.max_connections)
        // Past this a request is better told to come back than kept waiting.
        .acquire_timeout(Duration::from_secs(3))
        .connect_lazy(settings.url.expose_secret())
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

/// The public words for a failure of the database: ours to mend, or a wait.
pub(crate) fn public_code(error: &sqlx::Error) -> crate::Code {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => crate::Code::Unavailable,
        // Class 57: the server is shutting down or starting up. 53: it has no room left.
        sqlx::Error::Database(error)
            if error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("53")) =>
        {
            crate::Code::Unavailable
        }
        _ => crate::Code::Internal,
    }
}
