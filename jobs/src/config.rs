//! The workers' configuration.

use std::net::SocketAddr;

use domain::settings::{BackendSettings, SettingsError, Variables};

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
        Variables::from_env(Self::read)
    }

    fn read(variables: &mut Variables<'_>) -> Self {
        let backend = BackendSettings::read(variables);
        let metrics_addr = variables.optional("METRICS_ADDR").is_some();
        let metrics_addr =
            metrics_addr.then(|| variables.parsed("METRICS_ADDR", SocketAddr::from(([127, 0, 0, 1], 9100))));
        Self { backend, metrics_addr }
    }
}
