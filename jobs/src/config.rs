//! The workers' configuration.

use domain::settings::{BackendSettings, SettingsError, Variables};

/// What the workers need to know before they start.
#[derive(Debug)]
pub struct Config {
    /// What they share with the server.
    pub backend: BackendSettings,
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
        variables.finish(Self { backend })
    }
}
