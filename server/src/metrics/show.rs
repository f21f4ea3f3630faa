//! The response of `/metrics`.

use axum::{extract::State, http::header, response::IntoResponse};
use domain::{
    Backend,
    doctor::examine::examine_with_role,
    metrics::{
        self,
        backlog::{Backlog, backlog},
    },
};
use model::{doctor::Report, error::causes};
use platform::metrics::CONTENT_TYPE;
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::Metrics;
use crate::{errors::ErrorResponse, state::SharedState};

/// Answers for as long as the process runs. Without a database, the doctor's metrics are left out.
pub(crate) async fn show(State(state): State<SharedState>) -> Result<impl IntoResponse, ErrorResponse> {
    let Metrics { requests, refused_webhooks, reports, backlogs, .. } = &state.metrics;
    let (report, backlog) =
        tokio::join!(reports.newest(report(state.backend.clone())), backlogs.newest(waiting(state.backend.clone())));
    let mut registry = metrics::registry(&state.backend.db);
    requests.register(&mut registry);
    refused_webhooks.register(&mut registry);
    let streams = Gauge::<i64>::default();
    streams.set(state.live.viewers());
    registry.register("event_streams", "Event streams that are open", streams);
    register_report(&mut registry, report.as_deref());
    if let Some(backlog) = backlog {
        backlog.register(&mut registry);
    }
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| model::Code::Internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}

/// The doctor's report; `None` if the database does not answer.
pub(super) async fn report(backend: Backend) -> Option<Report> {
    let report = examine_with_role(&backend.db).await.inspect_err(|error| {
        tracing::warn!(error.causes = causes(error), "the shop was not examined");
    });
    report.ok()
}

/// The backlog; `None` if the database does not answer.
async fn waiting(backend: Backend) -> Option<Backlog> {
    let backlog = backlog(&backend.db).await.inspect_err(|error| {
        tracing::warn!(error.causes = causes(error), "what waits was not read");
    });
    backlog.ok()
}

fn register_report(registry: &mut Registry, report: Option<&Report>) {
    type PerInvariant = Family<Vec<(&'static str, String)>, Gauge>;
    let (found, bound, broken) = (PerInvariant::default(), PerInvariant::default(), PerInvariant::default());
    for check in report.iter().flat_map(|report| &report.checks) {
        let of = |gauges: &PerInvariant, value| {
            let labels = vec![("invariant", check.name.clone()), ("unit", check.unit.label().to_owned())];
            gauges.get_or_create(&labels).set(value);
        };
        of(&found, check.value);
        of(&bound, check.bound);
        of(&broken, check.is_violated().into());
    }
    let up = Gauge::<i64>::default();
    up.set(report.is_some().into());
    registry.register("doctor_up", "Whether the doctor could look", up);
    registry.register("doctor_found", "Measured value of an invariant: rows or seconds", found);
    registry.register("doctor_bound", "The most that may be found", bound);
    registry.register("doctor_violated", "Whether an invariant is violated", broken);
}
