//! The workers' configuration.

use std::net::SocketAddr;

use domain::settings::BackendSettings;
use platform::settings::{SettingsError, Variables};

/// What the workers need to know before they start.
#[derive(Debug)]
pub struct Config {
    /// What they share with the server.
    pub backend: BackendSettings,
    /// `METRICS_ADDR`: where Prometheus and probes reach it; nowhere without.
    pub metrics_addr: Option<SocketAddr>,
}

impl Config {
    /// Reads it from the process' environment.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn from_env() -> Result<Self, SettingsError> {
        let look_up = |name: &str| std::env::var(name).ok();
        let mut variables = Variables::new(&look_up);
        let backend = BackendSettings::read(&mut variables);
        let metrics_addr = variables.optional("METRICS_ADDR").is_some();
        let metrics_addr =
            metrics_addr.then(|| variables.parsed("METRICS_ADDR", SocketAddr::from(([127, 0, 0, 1], 9100))));
        variables.finish(Self { backend, metrics_addr })
    }
}
