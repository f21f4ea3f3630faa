//! Telling every server what has happened to tickets.

use std::{convert::Infallible, time::Duration};

use model::error::causes;

use super::store;
use crate::Backend;

/// How many tickets are told of at once.
const BATCH: usize = 1_000;
/// How long nothing is told after it could not be.
const PAUSE: Duration = Duration::from_secs(1);

/// Announces what is noted in the backend's [`Changes`](super::Changes), for as long as the process lives.
///
/// Not in the transactions themselves: PostgreSQL has those that notify commit one after the other, each
/// with the wait for its log. Here one statement, which waits for no log, tells what many have done.
pub async fn announce(backend: Backend) -> Infallible {
    loop {
        let tickets = backend.changes.take().await;
        for batch in tickets.chunks(BATCH) {
            if let Err(error) = store::notify(&backend.db, batch).await {
                tracing::debug!(error.causes = causes(&error), "changes of tickets were not announced");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
