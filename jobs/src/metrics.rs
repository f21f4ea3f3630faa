//! A worker's metrics, and the endpoint for Prometheus and probes.

use std::{sync::LazyLock, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use domain::{
    Backend,
    metrics::{backlog::backlog, registry},
    outbox::Job,
};
use model::error::causes;
use platform::metrics::{self, Labelled, seconds};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
};
use redis::Client;
use strum::{IntoStaticStr, VariantArray};
use tokio::net::TcpListener;
use tower_http::timeout::TimeoutLayer;

use crate::queue::depths;

/// The longest time of an answer. Prometheus gives up on one after ten seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

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
    LockReminders,
    Payments,
    Refunds,
    Reconciliation,
    Watches,
    Prices,
    Sales,
    Promises,
    Files,
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
    let metrics = async move || match exposition(&backend, &redis).await {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let router = Router::new()
        .route("/metrics", get(metrics))
        // The process runs. Dependencies do not count: a restart repairs neither PostgreSQL nor Redis.
        .route("/healthz", get("ok\n"))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the metrics are not served any more");
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
