//! The log of a process, and its traces if there is a collector.

use std::{collections::HashMap, time::Duration};

use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::{Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::Targets,
    fmt::{self, MakeWriter},
    prelude::*,
    registry::LookupSpan,
};

use crate::settings::Environment;

/// How long the last traces may take to be sent: a collector that does not answer must not delay the end of a process.
const FLUSH: Duration = Duration::from_secs(3);
/// The header, and the column, that names the span from which another follows.
pub const TRACEPARENT: &str = "traceparent";

/// The telemetry that must be ended with the process.
#[must_use]
#[derive(Debug)]
pub struct Telemetry(Option<SdkTracerProvider>);

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one object per line.
    Json,
}

impl Format {
    /// The value of `LOG_FORMAT`; without it, JSON in production.
    fn choose(log_format: Option<&str>, app_env: Option<&str>) -> Self {
        let is_development = app_env.and_then(|name| name.parse().ok()) == Some(Environment::Development);
        match log_format.filter(|format| !format.is_empty()) {
            Some("json") => Self::Json,
            None if !is_development => Self::Json,
            _ => Self::Text,
        }
    }
}

/// Starts the log on standard error, and traces if `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector.
/// OpenTelemetry's library reads its other variables.
pub(crate) fn start(service: &'static str) -> Telemetry {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let format = Format::choose(variable("LOG_FORMAT").as_deref(), variable("APP_ENV").as_deref());
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    let has_tls = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("https:"));
    let exported = endpoint.map(|endpoint| provider(service, &endpoint)).transpose();
    let provider = exported.as_ref().ok().cloned().flatten();
    tracing_subscriber::registry()
        .with(log(format, std::io::stderr).with_filter(level))
        .with(provider.as_ref().map(traces))
        .init();
    if has_tls {
        tracing::error!("no traces: OTEL_EXPORTER_OTLP_ENDPOINT is https, and they leave over plain HTTP");
    }
    if let Err(error) = &exported {
        tracing::error!(%error, "no traces: OTEL_EXPORTER_OTLP_ENDPOINT cannot be used");
    }
    Telemetry(provider)
}

impl Telemetry {
    /// Sends the remaining traces, with a timeout.
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown_with_timeout(FLUSH)) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The layer that writes the log.
#[must_use]
pub fn log<S, W>(format: Format, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    match format {
        Format::Json => fmt::layer().json().with_writer(writer).boxed(),
        Format::Text => fmt::layer().with_writer(writer).boxed(),
    }
}

/// The layer that passes spans to a provider, with the text of their SQL statements, never the values.
#[must_use]
pub fn traces<S: Subscriber + for<'a> LookupSpan<'a>>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S> {
    let what = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("sqlx::query", LevelFilter::DEBUG)
        // Without this filter, the exporter's own spans would be exported, too.
        .with_targets(["hyper_util", "opentelemetry", "reqwest"].map(|target| (target, LevelFilter::OFF)));
    tracing_opentelemetry::layer().with_tracer(provider.tracer("gittix")).with_filter(what)
}

/// Exports traces to `endpoint` from a thread of its own, in batches.
fn provider(service: &'static str, endpoint: &str) -> Result<SdkTracerProvider, ExporterBuildError> {
    let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build()?;
    // `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` take precedence.
    let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => Resource::builder(),
        None => Resource::builder().with_service_name(service),
    };
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build())
}

/// Writes the trace's id to a span's field `trace.id`, for the log. Without a collector
/// there is none.
pub fn note_trace_id(span: &Span) {
    let context = span.context();
    let id = context.span().span_context().trace_id();
    if id != opentelemetry::TraceId::INVALID {
        span.record("trace.id", tracing::field::display(id));
    }
}

/// The caller's span, in the format of W3C's trace context.
#[must_use]
pub fn traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Links a span to the one that it follows from. The span starts a trace of its own, because it may run much later, and
/// more than once.
pub fn follows_from(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent else { return };
    span.add_link(context_of(traceparent).span().span_context().clone());
}

/// Makes a span that has not been entered yet a part of its caller's trace.
pub fn is_part_of(span: &Span, traceparent: &str) {
    // This fails without a collector.
    let _ = span.set_parent(context_of(traceparent));
}

fn context_of(traceparent: &str) -> Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract(&carrier)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        time::Instant,
    };

    use super::*;

    /// Ends a span whose provider sends to `listener`, and then the process; returns how long that took.
    fn end_a_process(listener: &TcpListener) -> Duration {
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let provider = provider("gittix-test", &endpoint).expect("an exporter");
        let subscriber = tracing_subscriber::registry().with(traces(&provider));
        tracing::subscriber::with_default(subscriber, || tracing::info_span!("order.lock").in_scope(|| ()));
        let began = Instant::now();
        Telemetry(Some(provider)).end();
        began.elapsed()
    }

    /// Within a runtime, as in `main`.
    #[tokio::test]
    async fn the_last_traces_leave_at_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.try_clone().expect("the same port");
        let collector = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut got = Vec::new();
            while !got.windows(10).any(|window| window == b"order.lock") {
                let mut some = [0; 4096];
                let length = stream.read(&mut some).expect("reads");
                assert_ne!(length, 0, "the connection ended");
                got.extend(&some[..length]);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("answers");
            String::from_utf8_lossy(&got).into_owned()
        });
        end_a_process(&address);
        let got = collector.join().expect("the collector got it");
        assert!(got.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{got}");
        assert!(got.contains("application/x-protobuf") && got.contains("gittix-test"), "{got}");
    }

    /// The kernel accepts the connection, and no process ever answers.
    #[tokio::test]
    async fn a_collector_that_hangs_keeps_no_process() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let took = end_a_process(&listener);
        // The machine may be busy; without the timeout, this never ends.
        assert!(took < FLUSH + Duration::from_secs(30), "{took:?}");
    }

    #[test]
    fn production_logs_for_machines() {
        for (log_format, app_env, expected) in [
            (None, None, Format::Json),
            (None, Some("production"), Format::Json),
            (None, Some("development"), Format::Text),
            (Some("json"), Some("development"), Format::Json),
            (Some("text"), None, Format::Text),
            (Some(""), Some("production"), Format::Json),
        ] {
            assert_eq!(Format::choose(log_format, app_env), expected, "{log_format:?} {app_env:?}");
        }
    }
}
