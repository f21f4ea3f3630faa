//! Purging files that no ticket has.

use std::time::Duration;

use futures_util::TryStreamExt;
use model::TicketFileId;
use platform::files::FileStoreError;

use super::store;
use crate::Backend;

/// Days for which a file that no ticket has is kept.
pub const FILES_KEPT_DAYS: i32 = 7;
/// Files without a row that are younger may get one: they are being taken in.
const ROWLESS_KEPT: Duration = Duration::from_hours(1);
/// Rows that one statement takes up.
const BATCH: i64 = 100;

/// Why the purge ended early.
#[derive(Debug, thiserror::Error)]
pub enum PurgeFilesError {
    /// The store of files does not answer.
    #[error("files were not deleted")]
    Files(#[from] FileStoreError),
    /// A query failed.
    #[error("files were not looked for")]
    Database(#[from] sqlx::Error),
}

/// Deletes files that no ticket has since [`FILES_KEPT_DAYS`]. Returns how many.
///
/// # Errors
///
/// Each variant of [`PurgeFilesError`] is one reason. A file whose row is gone is found by [`purge_rowless`].
#[tracing::instrument(name = "delivery.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<usize, PurgeFilesError> {
    let gone = store::delete_left(&backend.db, FILES_KEPT_DAYS, BATCH).await?;
    for file in &gone {
        backend.delivery.files.delete(&store::name(*file)).await?;
    }
    Ok(gone.len())
}

/// Deletes files of the store that have no row: what is left of a process that ended between the two. Returns how many.
///
/// # Errors
///
/// Each variant of [`PurgeFilesError`] is one reason.
#[tracing::instrument(name = "delivery.purge_rowless", skip_all)]
pub async fn purge_rowless(backend: &Backend) -> Result<usize, PurgeFilesError> {
    let mut names = backend.delivery.files.older_than(ROWLESS_KEPT).try_chunks(100);
    let mut deleted = 0;
    while let Some(batch) = names.try_next().await.map_err(|error| error.1)? {
        // What is named otherwise is not ours.
        let files: Vec<TicketFileId> = batch.iter().filter_map(|name| name.parse().ok()).collect();
        let known = store::known(&backend.db, &files).await?;
        for file in files.into_iter().filter(|file| !known.contains(file)) {
            backend.delivery.files.delete(&store::name(file)).await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}
