//! Publishing which listings have changed, to every server.

use std::{convert::Infallible, time::Duration};

use model::{ListingId, error::causes};
use sqlx::PgPool;

use super::store;
use crate::Backend;

/// How many listings one notification statement publishes.
const BATCH: usize = 1_000;
/// The pause after a failed publication.
const PAUSE: Duration = Duration::from_secs(1);

/// Publishes the listings in the backend's [`ChangeSet`](super::ChangeSet), until the process ends.
///
/// The transactions themselves do not notify: PostgreSQL serializes the commits of transactions that
/// notify, and each waits for the log. Here one statement, which waits for no log, publishes the changes
/// of many transactions.
pub async fn publish(backend: Backend) -> Infallible {
    loop {
        let listings = backend.changes.take().await;
        for batch in listings.chunks(BATCH) {
            if let Err(error) = store::notify(&backend.db, batch).await {
                tracing::debug!(error.causes = causes(&error), "changes of listings were not published");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Publishes that `listings` have changed, for a process that runs no [`publish`]. Pages that are open show it at once.
///
/// # Errors
///
/// When the database does not answer. The changes themselves are committed: open pages show them within some seconds.
pub(crate) async fn publish_once(db: &PgPool, listings: &[ListingId]) -> sqlx::Result<()> {
    for batch in listings.chunks(BATCH) {
        store::notify(db, batch).await?;
    }
    Ok(())
}
