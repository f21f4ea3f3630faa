//! The spans that a trace collector would have received.

use std::sync::{Arc, Mutex};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use platform::telemetry;
use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, Registry, layer::Identity, prelude::*};

/// The spans that have ended on this thread, while the value lives.
#[derive(Debug)]
pub struct Spans {
    ended: Ended,
    _collecting: DefaultGuard,
}

#[derive(Clone, Debug, Default)]
struct Ended(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Ended {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("not poisoned").extend(batch);
        Ok(())
    }
}

impl Spans {
    /// Starts to collect.
    #[must_use]
    pub fn collect() -> Self {
        Self::beside(Identity::new().boxed())
    }

    /// The same, with a log in addition.
    #[must_use]
    pub fn beside(log: Box<dyn Layer<Registry> + Send + Sync>) -> Self {
        let ended = Ended::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(ended.clone()).build();
        let subscriber =
            tracing_subscriber::registry().with(log.with_filter(LevelFilter::INFO)).with(telemetry::traces(&provider));
        Self { ended, _collecting: subscriber.set_default() }
    }

    /// The spans with a name, in the order in which they ended.
    ///
    /// # Panics
    ///
    /// When another test has panicked while it held the spans.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<SpanData> {
        let ended = self.ended.0.lock().expect("not poisoned");
        ended.iter().filter(|span| span.name == name).cloned().collect()
    }
}
