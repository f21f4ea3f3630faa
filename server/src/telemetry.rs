//! Logs: for people in a terminal, as JSON for machines.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging to standard error. `RUST_LOG` says how much, `LOG_FORMAT=json` in which form.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    if std::env::var("LOG_FORMAT").is_ok_and(|format| format == "json") {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).init();
    } else {
        registry.with(fmt::layer().with_writer(std::io::stderr)).init();
    }
}
