//! What every process of GitTix does first and last.

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging to standard error, and settles who speaks TLS.
///
/// `RUST_LOG` says how much is logged, `LOG_FORMAT=json` in which form. Of rustls' providers ring is
/// the one that the libraries here share; without a choice, the first of them to use TLS would panic.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    if std::env::var("LOG_FORMAT").is_ok_and(|format| format == "json") {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).init();
    } else {
        registry.with(fmt::layer().with_writer(std::io::stderr)).init();
    }
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("another TLS provider was installed first");
    }
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
