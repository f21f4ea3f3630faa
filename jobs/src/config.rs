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
        Variables::from_env(Self::read)
    }

    fn read(variables: &mut Variables<'_>) -> Self {
        let backend = BackendSettings::read(variables);
        let meaning = "where a worker answers `/metrics` and `/healthz`, as `0.0.0.0:9100`; nowhere without";
        let is_set = variables.optional("METRICS_ADDR", meaning).is_some();
        let metrics_addr =
            is_set.then(|| variables.parsed("METRICS_ADDR", SocketAddr::from(([127, 0, 0, 1], 9100)), meaning));
        Self { backend, metrics_addr }
    }
}

#[cfg(test)]
mod tests {
    use domain::settings::document;

    use super::*;

    #[test]
    fn configuration_page_lists_what_workers_read() {
        document::check(
            "workers",
            |variables| {
                Config::read(variables);
            },
            |variables| {
                BackendSettings::read(variables);
            },
        );
    }
}
