//! Publishing which listings have changed, to every server.

use std::{convert::Infallible, time::Duration};

use model::error::causes;

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
