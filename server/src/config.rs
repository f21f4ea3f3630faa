//! The server's configuration.

use std::{net::SocketAddr, time::Duration};

use domain::settings::{BackendSettings, Environment, SettingsError, Variables};

use crate::proxies::TrustedProxies;

/// What the server needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// What it shares with the workers.
    pub backend: BackendSettings,
    /// `LISTEN_ADDR`: where it listens.
    pub listen_addr: SocketAddr,
    /// `TRUSTED_PROXIES`: whose word is taken for where a request came from.
    pub trusted_proxies: TrustedProxies,
    /// `RATE_LIMIT_FACTOR`: how many times the usual limits hold; 0 is none.
    pub rate_limit_factor: u32,
    /// `SITE_ROOT`: the folder of scripts and styles that the build made.
    pub site_root: String,
    /// `DRAIN_SECONDS`: how long it goes on serving after a signal to stop, and says that it is not ready.
    pub drain: Duration,
}

impl Config {
    /// Reads it from the process' environment.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::read(&|name| std::env::var(name).ok())
    }

    fn read(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut variables = Variables::new(look_up);
        let backend = BackendSettings::read(&mut variables);
        let drain_seconds = match backend.environment {
            Environment::Production => 5,
            Environment::Development => 0,
        };
        let config = Self {
            backend,
            listen_addr: variables.parsed("LISTEN_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000))),
            trusted_proxies: variables.parsed("TRUSTED_PROXIES", TrustedProxies::default()),
            rate_limit_factor: variables.bounded("RATE_LIMIT_FACTOR", 1, 0..=1_000_000),
            site_root: variables.parsed("SITE_ROOT", "target/site".to_owned()),
            drain: Duration::from_secs(variables.bounded("DRAIN_SECONDS", drain_seconds, 0..=300).into()),
        };
        variables.finish(config)
    }

    /// Whether browsers reach the site over TLS, so that the session's cookie can insist on it.
    #[must_use]
    pub fn is_behind_tls(&self) -> bool {
        self.backend.public_url.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_behind_tls() {
        let read = |public_url: &'static str| {
            Config::read(&move |name| match name {
                "PUBLIC_URL" => Some(public_url.to_owned()),
                "DATABASE_URL"
                | "REDIS_URL"
                | "STRIPE_SECRET_KEY"
                | "STRIPE_PUBLISHABLE_KEY"
                | "STRIPE_WEBHOOK_SECRET"
                | "MAIL_FROM" => Some("set".to_owned()),
                "SMTP_URL" => Some("smtps://mail.example.com".to_owned()),
                _ => None,
            })
        };
        let config = read("https://tickets.example.com/").expect("a fine configuration");
        assert_eq!((config.backend.public_url.as_str(), config.is_behind_tls()), ("https://tickets.example.com", true));
        let refused = read("http://tickets.example.com").expect_err("no TLS");
        assert!(refused.to_string().contains("PUBLIC_URL"), "{refused}");
    }
}
