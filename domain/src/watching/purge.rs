//! Purging watches whose event has started.

use super::store;
use crate::{Backend, batches::in_batches};

/// Deletes the watches of events that have started. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "watching.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    in_batches(|limit| store::delete_started(&backend.db, limit)).await
}
