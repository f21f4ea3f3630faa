//! Having a job done, now or at a later time.

use platform::telemetry::traceparent;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Job, store};
use crate::Backend;

/// Writes a job in the transaction of what it follows from; it is due at `run_at`, or now.
pub(crate) async fn write(tx: &mut PgConnection, job: &Job, run_at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    store::insert(tx, job, run_at, traceparent().as_deref()).await
}

/// Has a job done at a later time.
///
/// # Errors
///
/// When the database does not take it.
pub async fn schedule(backend: &Backend, job: &Job, run_at: OffsetDateTime) -> sqlx::Result<()> {
    write(&mut *backend.db.acquire().await?, job, Some(run_at)).await
}
