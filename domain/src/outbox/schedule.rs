//! Scheduling a job.

use platform::telemetry::traceparent;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, Queue, RETURN_DELAY, store};
use crate::{Backend, ids::fresh};

/// The row of a job that is due at once, for a statement that writes the job together with its cause.
pub(crate) struct NewRow<'a> {
    pub(crate) id: Uuid,
    pub(crate) job: Json<&'a Job>,
    pub(crate) queue: &'static str,
    /// The span that writes the job.
    pub(crate) traceparent: Option<String>,
}

impl<'a> NewRow<'a> {
    pub(crate) fn of(job: &'a Job) -> Self {
        Self { id: fresh(), job: Json(job), queue: job.queue().name(), traceparent: traceparent() }
    }
}

/// Writes a job in the transaction of its cause; it is due at `run_at`, or at once.
pub(crate) async fn write(tx: &mut PgConnection, job: &Job, run_at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    store::insert(tx, job, run_at, traceparent().as_deref()).await
}

/// Writes jobs that are due at once, in the transaction of their cause.
pub(crate) async fn write_all(tx: &mut PgConnection, queue: Queue, jobs: &[Job]) -> sqlx::Result<()> {
    store::insert_all(tx, queue, jobs, traceparent().as_deref()).await
}

/// Schedules a job for a later time, or for this moment, in a transaction of its own.
///
/// # Errors
///
/// When the database does not accept it.
pub async fn schedule(backend: &Backend, job: &Job, run_at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    write(&mut *backend.db.acquire().await?, job, run_at).await
}

/// Writes a job that this version got from a queue and cannot read back into the outbox, for a version
/// that can.
///
/// # Errors
///
/// When the database does not accept it.
pub async fn put_back(backend: &Backend, queue: Queue, job: &Value, traceparent: Option<&str>) -> sqlx::Result<()> {
    store::put_back(&backend.db, queue, job, traceparent, RETURN_DELAY).await
}
