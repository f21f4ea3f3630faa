//! Handing the outbox to the queues.

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

/// Jobs handed over at once.
pub const BATCH: usize = 500;
/// How long an outbox in which nothing is due, or a full queue, is left alone.
const IDLE: Duration = Duration::from_millis(200);
/// How long a queue or a database that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// Why nothing was handed over.
#[derive(Debug, thiserror::Error)]
enum HandOverError {
    #[error("the queue was not looked at")]
    Look(#[source] redis::RedisError),
    #[error(transparent)]
    Relay(RelayError<QueueError>),
}

/// Hands over jobs for as long as it is polled.
pub(crate) async fn run(backend: Backend, queues: Queues) {
    let [expiry, payments, mail] = Queue::ALL.map(|queue| keep_handing_over(backend.clone(), queues.clone(), queue));
    tokio::join!(expiry, payments, mail);
}

async fn keep_handing_over(backend: Backend, mut queues: Queues, queue: Queue) {
    loop {
        match hand_over(&backend, &mut queues, queue).await {
            Ok(0) => tokio::time::sleep(IDLE).await,
            Ok(relayed) => tracing::debug!(queue = queue.name(), relayed, "jobs were queued"),
            Err(error) => {
                if let HandOverError::Relay(RelayError::Database(error)) = &error {
                    note_failure(error);
                }
                tracing::warn!(queue = queue.name(), error.causes = causes(&error), "the outbox was not relayed");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Hands over as many due jobs as the queue has room for.
async fn hand_over(backend: &Backend, queues: &mut Queues, queue: Queue) -> Result<usize, HandOverError> {
    let room = queues.make_room(queue).await.map_err(HandOverError::Look)?.min(BATCH);
    if room == 0 {
        return Ok(0);
    }
    let limit = i64::try_from(room).unwrap_or(i64::MAX);
    relay(&backend.db, queue, limit, async |entries| queues.push(queue, entries).await)
        .await
        .map_err(HandOverError::Relay)
}
