//! A worker's metrics, and the endpoint for Prometheus and probes.

use std::{
    convert::Infallible,
    sync::{Arc, LazyLock},
    time::Duration,
};

use domain::{
    Backend,
    metrics::{backlog::backlog, registry},
    outbox::Job,
};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::error::causes;
use platform::metrics::{CONTENT_TYPE, Labelled, seconds};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
};
use redis::Client;
use strum::{IntoStaticStr, VariantArray};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::queue::depths;

/// Connections at once: a scraper, and probes beside it, which do not wait for a scrape.
const CONNECTIONS: usize = 16;
/// How long a connection may take, from the request to the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long no connection is taken after one could not be.
const PAUSE: Duration = Duration::from_millis(100);

/// Counts since the process started.
static COUNTS: LazyLock<Counts> = LazyLock::new(Counts::default);

struct Counts {
    jobs: Labelled<2, Histogram>,
    sweeps: Labelled<1, Counter>,
}

impl Default for Counts {
    fn default() -> Self {
        let counts = Self {
            jobs: Labelled::new_with_constructor(seconds),
            sweeps: Labelled::new_with_constructor(Counter::default),
        };
        // A rate needs two values of a series, so each series starts as a zero before its first event.
        for kind in Job::KINDS {
            for outcome in JobOutcome::VARIANTS {
                counts.jobs.get_or_create_owned(&[("kind", kind), ("outcome", outcome.code())]);
            }
        }
        for sweep in Sweep::VARIANTS {
            counts.sweeps.get_or_create_owned(&[("sweep", sweep.name())]);
        }
        counts
    }
}

/// How a run of a job ended.
#[derive(Clone, Copy, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum JobOutcome {
    Done,
    /// It will be retried.
    Failed,
    /// It is left to the sweeps.
    GivenUp,
}

impl JobOutcome {
    fn code(self) -> &'static str {
        self.into()
    }
}

/// The sweeps. Each runs by itself.
#[derive(Clone, Copy, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Sweep {
    Expiry,
    ExpiryPayments,
    Payments,
    Purge,
    Trim,
}

impl Sweep {
    fn name(self) -> &'static str {
        self.into()
    }
}

/// Counts a run of a job and its duration.
pub(crate) fn observe_job(job: &Job, outcome: JobOutcome, took: Duration) {
    COUNTS.jobs.get_or_create(&[("kind", job.kind()), ("outcome", outcome.code())]).observe(took.as_secs_f64());
}

/// Counts a finished run of a sweep.
pub(crate) fn count_sweep(sweep: Sweep) {
    COUNTS.sweeps.get_or_create(&[("sweep", sweep.name())]).inc();
}

/// Answers `/metrics` and `/healthz` for as long as it is polled.
pub async fn serve(listener: TcpListener, backend: Backend, redis: Client) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Never closed, so that it never fails.
        let Ok(slot) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (backend, redis) = (backend.clone(), redis.clone());
                tokio::spawn(async move {
                    if tokio::time::timeout(TIMEOUT, answer(stream, &backend, &redis)).await.is_err() {
                        tracing::debug!(%peer, "a connection took too long");
                    }
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::error!(%error, "a connection was not taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Answers one request on a connection.
async fn answer(stream: TcpStream, backend: &Backend, redis: &Client) {
    let service = service_fn(async |request: Request<Incoming>| {
        let (status, body) = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => match exposition(backend, redis).await {
                Ok(text) => (StatusCode::OK, text),
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            },
            // The process runs. Dependencies do not count: a restart repairs neither PostgreSQL nor Redis.
            (&Method::GET, "/healthz") => (StatusCode::OK, "ok\n".to_owned()),
            _ => (StatusCode::NOT_FOUND, String::new()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(CONTENT_TYPE));
        Ok::<_, Infallible>(response)
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The text for Prometheus. If PostgreSQL or Redis does not respond, its metrics are left out.
async fn exposition(backend: &Backend, redis: &Client) -> Result<String, std::fmt::Error> {
    let mut registry = registry(&backend.db);
    registry.register("job_seconds", "Runs of jobs", COUNTS.jobs.clone());
    registry.register("sweeps", "Finished runs of sweeps", COUNTS.sweeps.clone());
    match backlog(&backend.db).await {
        Ok(backlog) => backlog.register(&mut registry),
        Err(error) => tracing::warn!(error.causes = causes(&error), "backlog metrics not read"),
    }
    match depths(redis).await {
        Ok(depths) => {
            let jobs = Labelled::<1, Gauge>::default();
            for (queue, depth) in depths {
                jobs.get_or_create(&[("queue", queue.name())]).set(depth);
            }
            registry.register("queue_jobs", "Jobs waiting in a queue in Redis", jobs);
        }
        Err(error) => tracing::warn!(error.causes = causes(&error), "queue depths not read"),
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
