//! The workers' configuration.

use std::net::SocketAddr;

use domain::settings::BackendSettings;
use platform::settings::{SettingsError, Variables};

/// The workers' configuration.
#[derive(Debug)]
pub struct Config {
    /// The settings that workers and server share.
    pub backend: BackendSettings,
    /// `METRICS_ADDR`: the address for Prometheus and probes. Without it there is none.
    pub metrics_addr: Option<SocketAddr>,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// All settings that are missing or wrong.
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
