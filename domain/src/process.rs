//! What every process of GitTix does first and last.

use tokio::signal::unix::{SignalKind, signal};

use crate::telemetry::{self, Telemetry};

/// Starts logging to standard error and traces, and settles who speaks TLS.
///
/// `RUST_LOG` says how much is logged, `LOG_FORMAT` in which form, `OTEL_EXPORTER_OTLP_ENDPOINT` where
/// traces go. Of rustls' providers ring is the one that the libraries here share; without a choice, the
/// first of them to use TLS would panic.
pub fn start(service: &'static str) -> Telemetry {
    let telemetry = telemetry::start(service);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("another TLS provider was installed first");
    }
    telemetry
}

/// Completes at Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
