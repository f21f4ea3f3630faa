//! `/metrics`: what this server has done, and how the shop is, as Prometheus reads it.

mod requests;

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::header, response::IntoResponse};
use domain::{
    Backend,
    doctor::{Report, examine::examine},
    error::causes,
    metrics::{
        self, CONTENT_TYPE,
        backlog::{Backlog, backlog},
    },
};
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use tokio::{sync::Mutex, time::Instant};

use self::requests::Requests;
pub(crate) use self::requests::measure;
use crate::{errors::ErrorResponse, router::ServerState};

/// However often and by however many it is asked for, nobody looks into the shop more often than this.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// What has been asked of this server, and its newest look into the shop, shared by all requests.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Requests,
    kept: Arc<Mutex<Option<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    until: Instant,
    look: Arc<Look>,
}

/// What was found in the database; nothing where it did not answer.
#[derive(Debug)]
struct Look {
    report: Option<Report>,
    backlog: Option<Backlog>,
}

impl Metrics {
    /// The newest look, at most [`KEPT_FOR`] old. Whoever asks while one is taken waits for that one.
    async fn look(&self, backend: &Backend) -> Arc<Look> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.until > Instant::now()) {
            return Arc::clone(&kept.look);
        }
        let look = Arc::new(Look::take(backend).await);
        *kept = Some(Kept { until: Instant::now() + KEPT_FOR, look: Arc::clone(&look) });
        look
    }
}

/// Answers while the process lives: without a database it says that there are no findings.
pub(crate) async fn show(State(state): State<ServerState>) -> Result<impl IntoResponse, ErrorResponse> {
    let look = state.metrics.look(&state.backend).await;
    let mut registry = metrics::registry(&state.backend.db);
    state.metrics.requests.register(&mut registry);
    let streams = Gauge::<i64>::default();
    streams.set(state.live.viewers());
    registry.register("event_streams", "Event streams that are open", streams);
    look.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| domain::Code::Internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}

impl Look {
    async fn take(backend: &Backend) -> Self {
        let report = examine(backend).await.inspect_err(|error| {
            tracing::warn!(error.causes = causes(error), "the shop was not examined");
        });
        let backlog = backlog(&backend.db).await.inspect_err(|error| {
            tracing::warn!(error.causes = causes(error), "what waits was not read");
        });
        Self { report: report.ok(), backlog: backlog.ok() }
    }

    fn register(&self, registry: &mut Registry) {
        type PerPromise = Family<Vec<(&'static str, String)>, Gauge>;
        let (found, bound, broken) = (PerPromise::default(), PerPromise::default(), PerPromise::default());
        for finding in self.report.iter().flat_map(|report| &report.findings) {
            let of = |gauges: &PerPromise, value| {
                let labels = vec![("promise", finding.name.clone()), ("unit", finding.unit.label().to_owned())];
                gauges.get_or_create(&labels).set(value);
            };
            of(&found, finding.value);
            of(&bound, finding.bound);
            of(&broken, finding.is_breach().into());
        }
        let up = Gauge::<i64>::default();
        up.set(self.report.is_some().into());
        registry.register("doctor_up", "Whether the doctor could look", up);
        registry.register("doctor_found", "What was found of a promise: rows or seconds", found);
        registry.register("doctor_bound", "The most that may be found", bound);
        registry.register("doctor_broken", "Whether a promise is broken", broken);
        if let Some(backlog) = &self.backlog {
            backlog.register(registry);
        }
    }
}
