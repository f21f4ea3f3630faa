//! `/metrics`: the doctor's findings, as Prometheus reads them.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::header, response::IntoResponse};
use domain::{
    Backend,
    doctor::{Report, examine::examine},
    error::causes,
};
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use tokio::{sync::Mutex, time::Instant};

use crate::{errors::ErrorResponse, router::ServerState};

/// However often and by however many it is asked for, the doctor looks no more often than this.
const KEPT_FOR: Duration = Duration::from_secs(10);

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The newest answer, shared by all requests.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    until: Instant,
    text: Arc<str>,
}

impl Metrics {
    /// The answer, at most [`KEPT_FOR`] old. Whoever asks while it is made waits for that one.
    async fn text(&self, backend: &Backend) -> Result<Arc<str>, std::fmt::Error> {
        let mut kept = self.0.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.until > Instant::now()) {
            return Ok(Arc::clone(&kept.text));
        }
        let report = examine(backend).await.inspect_err(|error| {
            tracing::warn!(error.causes = causes(error), "the shop was not examined");
        });
        let text = Arc::from(exposition(report.ok().as_ref())?);
        *kept = Some(Kept { until: Instant::now() + KEPT_FOR, text: Arc::clone(&text) });
        Ok(text)
    }
}

/// Answers while the process lives: without a database it says that there are no findings.
pub(crate) async fn show(State(state): State<ServerState>) -> Result<impl IntoResponse, ErrorResponse> {
    let text = state.metrics.text(&state.backend).await.map_err(|_| domain::Code::Internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text.to_string()))
}

/// The findings in the exposition format.
fn exposition(report: Option<&Report>) -> Result<String, std::fmt::Error> {
    type PerPromise = Family<Vec<(&'static str, String)>, Gauge>;
    let (found, bound, broken) = (PerPromise::default(), PerPromise::default(), PerPromise::default());
    for finding in report.into_iter().flat_map(|report| &report.findings) {
        let of = |gauges: &PerPromise, value| {
            let labels = vec![("promise", finding.name.clone()), ("unit", finding.unit.label().to_owned())];
            gauges.get_or_create(&labels).set(value);
        };
        of(&found, finding.value);
        of(&bound, finding.bound);
        of(&broken, finding.is_breach().into());
    }
    let up = Gauge::<i64>::default();
    up.set(report.is_some().into());

    let mut registry = Registry::with_prefix("gittix");
    registry.register("build", "What is running", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    registry.register("doctor_up", "Whether the doctor could look", up);
    registry.register("doctor_found", "What was found of a promise: rows or seconds", found);
    registry.register("doctor_bound", "The most that may be found", bound);
    registry.register("doctor_broken", "Whether a promise is broken", broken);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
