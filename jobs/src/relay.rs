//! Handing the outbox to the queues.

use std::time::Duration;

use domain::{Backend, error::causes, outbox::relay::relay};

use crate::queue::Queues;

/// Jobs handed over in one transaction.
const BATCH: i64 = 500;
/// How long an empty outbox is left alone.
const IDLE: Duration = Duration::from_millis(200);
/// How long a queue or a database that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// Hands over jobs for as long as it is polled.
pub(crate) async fn run(backend: Backend, mut queues: Queues) {
    loop {
        match relay(&backend.db, BATCH, async |entries| queues.push(entries).await).await {
            Ok(0) => tokio::time::sleep(IDLE).await,
            Ok(relayed) => tracing::debug!(relayed, "jobs were queued"),
            Err(error) => {
                tracing::warn!(error.causes = causes(&error), "the outbox was not relayed");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
