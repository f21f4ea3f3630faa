//! The lifecycle of the worker process.

use std::{future::Future, time::Duration};

use domain::Backend;
use model::error::causes;
use redis::{Client, aio::ConnectionManager};
use tokio::sync::watch;

use crate::{
    handler::Context,
    queue::{self, Queues},
    relay, sweeps, workers,
};

/// The wait between attempts to connect to Redis.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);
/// How long running jobs may take to finish after a stop signal.
const SHUTDOWN: Duration = Duration::from_secs(20);

/// Runs until `stop` completes, then takes no new job and lets running jobs finish.
pub async fn run(backend: Backend, redis: Client, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(false);
    let bounded_stop = async move {
        stop.await;
        tracing::info!("stopping: no new jobs, running jobs may finish");
        stopping.send_replace(true);
        tokio::time::sleep(SHUTDOWN).await;
    };
    let worked = async {
        Box::pin(work(backend.clone(), redis, stopped)).await;
        // Steps whose jobs took too long.
        backend.payment_steps.end().await;
    };
    tokio::select! {
        () = worked => {}
        // The sweeps do not need Redis and start at once. If they are dropped, their transactions roll back.
        () = sweeps::run(backend.clone()) => {}
        () = bounded_stop => tracing::warn!("stopped while jobs were still running"),
    }
}

/// Connects to Redis, then relays and runs jobs until `stopped`.
async fn work(backend: Backend, redis: Client, stopped: watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    let connection = tokio::select! {
        connection = connect(&redis) => connection,
        _ = stop.wait_for(|stop| *stop) => return,
    };
    tracing::info!("connected to Redis: workers are running");
    let queues = Queues::new(&connection);
    let context = Context { backend: backend.clone(), queues: queues.clone() };
    tokio::select! {
        () = workers::run(context, stopped) => {}
        () = relay::run(backend, queues.clone()) => {}
        () = sweeps::trim(queues) => {}
    }
}

async fn connect(redis: &Client) -> ConnectionManager {
    loop {
        match queue::connect(redis).await {
            Ok(connection) => return connection,
            Err(error) => tracing::warn!(error.causes = causes(&error), "Redis connection failed; will retry"),
        }
        tokio::time::sleep(RECONNECT_DELAY).await;
    }
}
