//! The relay: it moves jobs from the outbox to the queues.

use std::time::Duration;

use domain::{
    Backend,
    outbox::{
        Queue,
        relay::{RelayError, relay},
    },
};
use model::error::causes;
use platform::database::note_failure;

use crate::queue::{QueueError, Queues};

/// Jobs that one batch relays.
pub const BATCH: usize = 500;
/// The wait after a batch that relayed nothing.
const IDLE_DELAY: Duration = Duration::from_millis(200);
/// The wait after a failure of Redis or PostgreSQL.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Why a batch failed.
#[derive(Debug, thiserror::Error)]
enum RelayBatchError {
    #[error("the depth of the queue was not read")]
    Depth(#[source] redis::RedisError),
    #[error(transparent)]
    Relay(RelayError<QueueError>),
}

/// Relays jobs for as long as it is polled.
pub(crate) async fn run(backend: Backend, queues: Queues) {
    let [expiry, payments, mail] = Queue::ALL.map(|queue| relay_queue(backend.clone(), queues.clone(), queue));
    tokio::join!(expiry, payments, mail);
}

async fn relay_queue(backend: Backend, mut queues: Queues, queue: Queue) {
    loop {
        match relay_batch(&backend, &mut queues, queue).await {
            Ok(0) => tokio::time::sleep(IDLE_DELAY).await,
            Ok(relayed) => tracing::debug!(queue = queue.name(), relayed, "jobs relayed"),
            Err(error) => {
                if let RelayBatchError::Relay(RelayError::Database(error)) = &error {
                    note_failure(error);
                }
                tracing::warn!(queue = queue.name(), error.causes = causes(&error), "the outbox was not relayed");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// Relays as many due jobs as the queue has room for, up to one batch.
async fn relay_batch(backend: &Backend, queues: &mut Queues, queue: Queue) -> Result<usize, RelayBatchError> {
    let room = queues.promote_due(queue).await.map_err(RelayBatchError::Depth)?.min(BATCH);
    if room == 0 {
        return Ok(0);
    }
    let limit = i64::try_from(room).unwrap_or(i64::MAX);
    relay(&backend.db, queue, limit, async |entries| queues.push(queue, entries).await)
        .await
        .map_err(RelayBatchError::Relay)
}
