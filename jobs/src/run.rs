//! The worker process, from its start to its end.

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

/// How long a Redis that is not there is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// How long running jobs may take to end after a signal to stop.
const SHUTDOWN: Duration = Duration::from_secs(20);

/// Works until `stop` completes; then takes no new job and lets the running ones end.
pub async fn run(backend: Backend, redis: Client, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(false);
    let bounded_stop = async move {
        stop.await;
        tracing::info!("stopping: running jobs may end");
        stopping.send_replace(true);
        tokio::time::sleep(SHUTDOWN).await;
    };
    tokio::select! {
        () = work(backend.clone(), redis, stopped) => {}
        // The sweeps need no queue, so they wait for none. Dropped half way, their transactions roll back.
        () = sweeps::run(backend) => {}
        () = bounded_stop => tracing::warn!("stopped with jobs still running"),
    }
}

/// Relays and does jobs, once Redis is there, until told to stop.
async fn work(backend: Backend, redis: Client, stopped: watch::Receiver<bool>) {
    let mut told = stopped.clone();
    let connection = tokio::select! {
        connection = connect(&redis) => connection,
        _ = told.wait_for(|stop| *stop) => return,
    };
    tracing::info!("working");
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
            Err(error) => tracing::warn!(error.causes = causes(&error), "waiting for Redis"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
