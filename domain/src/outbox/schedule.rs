//! Having a job done at a later time.

use time::OffsetDateTime;

use super::{Job, store};
use crate::Backend;

/// Has a job done at a later time.
///
/// # Errors
///
/// When the database does not take it.
pub async fn schedule(backend: &Backend, job: &Job, run_at: OffsetDateTime) -> sqlx::Result<()> {
    store::insert(&mut *backend.db.acquire().await?, job, Some(run_at)).await
}
