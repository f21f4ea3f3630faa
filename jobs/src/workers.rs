//! The apalis workers.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use apalis::prelude::{BackendExt, WorkerBuilder, WorkerBuilderExt, WorkerError};
use domain::outbox::Queue;
use futures_util::{FutureExt, future::BoxFuture};
use model::error::causes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    handler::{Context, handle},
    queue::EnvelopeCodec,
};

/// How often a queue is asked for work. The default leaves jobs lying for half a minute.
const POLL: Duration = Duration::from_millis(250);
/// Jobs of one queue at once, in one process.
const AT_ONCE: usize = 8;
/// Longer than the calls to Stripe that a job makes may take together.
const JOB_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a worker that has ended by itself stays away.
const PAUSE: Duration = Duration::from_secs(1);

/// Does the jobs of every queue until told to stop; then takes no more and lets the running ones end.
pub(crate) async fn run(context: Context, stopped: watch::Receiver<bool>) {
    let [expiry, payments, mail] = Queue::ALL.map(|queue| keep_working(queue, context.clone(), stopped.clone()));
    tokio::join!(expiry, payments, mail);
}

/// Has a worker on a queue, and another one whenever it ends: a Redis that restarts, or does not
/// answer in time, ends it. Not apalis' `Monitor`: it starts the next one without a pause, and one
/// that it gives up on is missed only when all the others have ended as well.
async fn keep_working(queue: Queue, context: Context, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        let mut told = stopped.clone();
        let stop = async move {
            // An error says that the sender is gone, and with it whoever could stop us otherwise.
            let _ = told.wait_for(|stop| *stop).await;
            Ok::<(), WorkerError>(())
        };
        match AssertUnwindSafe(work(queue, &context, stop)).catch_unwind().await {
            Ok(Ok(())) => tracing::debug!(queue = queue.name(), "a worker has ended"),
            Ok(Err(error)) => {
                tracing::warn!(queue = queue.name(), error.causes = causes(&error), "a worker ended and is replaced");
            }
            Err(_) => tracing::error!(queue = queue.name(), "a worker panicked and is replaced"),
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Does the jobs of one queue until `stop` completes.
fn work(
    queue: Queue,
    context: &Context,
    stop: impl Future<Output = Result<(), WorkerError>> + Send + 'static,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    // A new name each time: one that Redis still counts as living is refused.
    let worker = WorkerBuilder::new(format!("{}-{}", queue.name(), Uuid::now_v7()))
        .backend(context.queues.storage(queue).clone().with_codec(EnvelopeCodec).poll_with_interval(POLL))
        .data(context.clone())
        .data(queue)
        .concurrency(AT_ONCE)
        .timeout(JOB_TIMEOUT)
        .catch_panic()
        .build(handle);
    worker.run_until(stop).boxed()
}
