//! The apalis workers.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use apalis::prelude::{BackendExt, WorkerBuilder, WorkerBuilderExt, WorkerError};
use domain::{ids::fresh, outbox::Queue};
use futures_util::{FutureExt, future::BoxFuture};
use model::error::causes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    handler::{Context, handle},
    queue::EnvelopeCodec,
};

/// How often a worker polls its queue. With the default, a job may wait for half a minute.
const POLL: Duration = Duration::from_millis(250);
/// Jobs of one queue that run at once in one process.
const CONCURRENCY: usize = 8;
/// Longer than all of a job's requests to Stripe may take together.
const JOB_TIMEOUT: Duration = Duration::from_mins(1);
/// The wait before a worker that ended by itself is replaced.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// Runs the jobs of all queues until `stopped`, then takes no new job and lets running jobs finish.
pub(crate) async fn run(context: Context, stopped: watch::Receiver<bool>) {
    let [expiry, payments, mail] = Queue::ALL.map(|queue| supervise(queue, context.clone(), stopped.clone()));
    tokio::join!(expiry, payments, mail);
}

/// Runs a worker on a queue and replaces it whenever it ends. A restart or a slow reply of Redis ends
/// it. apalis' `Monitor` would not do: it replaces a worker without a delay, and once it gives up on
/// one, nothing notices until all others have ended as well.
async fn supervise(queue: Queue, context: Context, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        let mut stop = stopped.clone();
        let stop_signal = async move {
            // An error means that the sender was dropped, which is a reason to stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
            Ok::<(), WorkerError>(())
        };
        match AssertUnwindSafe(run_worker(queue, &context, stop_signal)).catch_unwind().await {
            Ok(Ok(())) => tracing::debug!(queue = queue.name(), "worker ended"),
            Ok(Err(error)) => {
                tracing::warn!(queue = queue.name(), error.causes = causes(&error), "worker failed and is replaced");
            }
            Err(_) => tracing::error!(queue = queue.name(), "worker panicked and is replaced"),
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(RESTART_DELAY) => {}
        }
    }
}

/// Runs one worker on a queue until `stop` completes.
fn run_worker(
    queue: Queue,
    context: &Context,
    stop: impl Future<Output = Result<(), WorkerError>> + Send + 'static,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    // Each worker has a new name, as Redis refuses a name that it still counts as alive.
    let worker = WorkerBuilder::new(format!("{}-{}", queue.name(), fresh::<Uuid>()))
        .backend(context.queues.storage(queue).clone().with_codec(EnvelopeCodec).poll_with_interval(POLL))
        .data(context.clone())
        .data(queue)
        .concurrency(CONCURRENCY)
        .timeout(JOB_TIMEOUT)
        .catch_panic()
        .build(handle);
    worker.run_until(stop).boxed()
}
