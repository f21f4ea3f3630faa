//! The apalis workers.

use std::time::Duration;

use apalis::prelude::{BackendExt, Monitor, WorkerBuilder, WorkerBuilderExt};
use apalis_redis::RedisStorage;
use domain::outbox::Job;
use uuid::Uuid;

use crate::handler::{Context, handle};

/// How often a queue is asked for work. The default leaves jobs lying for half a minute.
const POLL: Duration = Duration::from_millis(250);
/// Jobs of one queue at once, in one process.
const AT_ONCE: usize = 8;
/// Longer than the calls to Stripe that a job makes may take together.
const JOB_TIMEOUT: Duration = Duration::from_mins(1);

/// One worker per queue, each started again whenever it ends: a Redis that restarts ends them.
pub(crate) fn monitor(context: &Context) -> Monitor {
    let queues = [("expiry", context.queues.expiry.clone()), ("payments", context.queues.payments.clone())];
    let monitor = queues
        .into_iter()
        .fold(Monitor::new(), |monitor, (name, queue)| register(monitor, name, queue, context.clone()));
    monitor.should_restart(|worker, error| {
        tracing::warn!(worker = worker.name(), %error, "a worker ended and is started again");
        true
    })
}

fn register(monitor: Monitor, name: &'static str, queue: RedisStorage<Job>, context: Context) -> Monitor {
    monitor.register(move |_| {
        // A new name each time: one that Redis still counts as living is refused.
        WorkerBuilder::new(format!("{name}-{}", Uuid::now_v7()))
            .backend(queue.clone().poll_with_interval(POLL))
            .data(context.clone())
            .concurrency(AT_ONCE)
            .timeout(JOB_TIMEOUT)
            .catch_panic()
            .build(handle)
    })
}
