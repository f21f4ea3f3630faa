//! The server's configuration.

use std::{net::SocketAddr, time::Duration};

use domain::settings::BackendSettings;
use platform::settings::{Environment, SettingsError, Variables};

use crate::{imprint::Imprint, proxies::TrustedProxies};

/// The settings that the server needs at start.
#[derive(Debug)]
pub struct Config {
    /// The settings that the server and the workers share.
    pub backend: BackendSettings,
    /// `LISTEN_ADDR`: the address that the server listens on.
    pub listen_addr: SocketAddr,
    /// `TRUSTED_PROXIES`: the proxies whose forwarding headers the server trusts.
    pub trusted_proxies: TrustedProxies,
    /// `RATE_LIMIT_FACTOR`: the factor of the usual rate limits; 0 disables them, which production refuses.
    pub rate_limit_factor: u32,
    /// `IMPRINT_…`, `CONTACT_EMAIL`
    pub imprint: Imprint,
    /// `SITE_ROOT`: the folder with the scripts and styles of the build.
    pub site_root: String,
    /// `DRAIN_SECONDS`: how long the server keeps serving after a stop signal while it reports not ready.
    pub drain: Duration,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// All settings that are missing or wrong.
    pub fn from_env() -> Result<Self, SettingsError> {
        Variables::from_env(Self::read)
    }

    /// Reads `LISTEN_ADDR`, for the health probe of the server on this machine.
    pub fn listen_addr(variables: &mut Variables<'_>) -> SocketAddr {
        let meaning = "where it listens, in plain HTTP: TLS is a proxy's";
        variables.parsed("LISTEN_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000)), meaning)
    }

    fn read(variables: &mut Variables<'_>) -> Self {
        let backend = BackendSettings::read(variables);
        let drain_seconds = match backend.environment {
            Environment::Production => 5,
            Environment::Development => 0,
        };
        let config = Self {
            backend,
            listen_addr: Self::listen_addr(variables),
            trusted_proxies: variables.list(
                "TRUSTED_PROXIES",
                "addresses and networks of the proxies in front, with commas between, as `10.0.0.0/8`. Of them alone `X-Forwarded-For` is believed",
            ),
            rate_limit_factor: variables.bounded(
                "RATE_LIMIT_FACTOR",
                1,
                0..=1_000_000,
                "how many times the [usual limits](AUTH.md#limits) hold; 0, in development alone, leaves only the limit of wrong passwords",
            ),
            drain: Duration::from_secs(
                variables
                    .bounded(
                        "DRAIN_SECONDS",
                        drain_seconds,
                        0..=300,
                        "how long it goes on serving after a signal to stop, while `/servingz` and `/readyz` answer 503",
                    )
                    .into(),
            ),
            imprint: Imprint::read(variables),
            site_root: variables.parsed(
                "SITE_ROOT",
                "target/site".to_owned(),
                "the folder of scripts and styles that the build made",
            ),
        };
        if config.backend.environment == Environment::Production && config.rate_limit_factor == 0 {
            variables.complain("RATE_LIMIT_FACTOR is 0, and in production the limits must hold: 1 or more".into());
        }
        config
    }

    /// Whether browsers reach the site over TLS, so that the session's cookie can require it.
    #[must_use]
    pub fn is_behind_tls(&self) -> bool {
        self.backend.public_url.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use domain::settings::document;

    use super::*;

    /// A configuration that is valid in production, with these changes.
    fn read(changed: &[(&str, &str)]) -> Result<Config, SettingsError> {
        let look_up = |name: &str| {
            let changed = changed.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            let fine = match name {
                "PUBLIC_URL" => Some("https://tickets.example.com/"),
                "DATABASE_URL" => Some("postgres://gittix@localhost/gittix?sslmode=verify-full"),
                "REDIS_URL" => Some("rediss://localhost"),
                "STRIPE_SECRET_KEY" => Some("sk_live_1"),
                "STRIPE_PUBLISHABLE_KEY" => Some("pk_live_1"),
                "STRIPE_WEBHOOK_SECRET" | "MAIL_FROM" => Some("set"),
                "SMTP_URL" => Some("smtps://mail.example.com"),
                "TICKET_FILES" => Some("/srv/tickets"),
                "TICKET_KEYS" => Some("a:1111111111111111111111111111111111111111111111111111111111111111"),
                "SECOND_FACTOR_KEYS" => Some("a:3333333333333333333333333333333333333333333333333333333333333333"),
                "TICKET_HASH_KEY" => Some("2222222222222222222222222222222222222222222222222222222222222222"),
                _ => None,
            };
            changed.or(fine).map(ToOwned::to_owned)
        };
        let mut variables = Variables::new(&look_up);
        let config = Config::read(&mut variables);
        variables.finish(config)
    }

    #[test]
    fn configuration_page_lists_what_the_server_reads() {
        document::check(
            "server",
            |variables| {
                Config::read(variables);
            },
            |variables| {
                BackendSettings::read(variables);
            },
        );
    }

    #[test]
    fn production_is_behind_tls() {
        let config = read(&[]).expect("a fine configuration");
        assert_eq!((config.backend.public_url.as_str(), config.is_behind_tls()), ("https://tickets.example.com", true));
        let refused = read(&[("PUBLIC_URL", "http://tickets.example.com")]).expect_err("no TLS");
        assert!(refused.to_string().contains("PUBLIC_URL"), "{refused}");
    }

    #[test]
    fn production_has_limits() {
        let unlimited = ("RATE_LIMIT_FACTOR", "0");
        let refused = read(&[unlimited]).expect_err("no limits");
        assert!(refused.to_string().contains("RATE_LIMIT_FACTOR is 0"), "{refused}");
        let benched = read(&[unlimited, ("APP_ENV", "development")]).expect("a bench has none");
        assert_eq!(benched.rate_limit_factor, 0);
        assert_eq!(read(&[("RATE_LIMIT_FACTOR", "2")]).expect("a fine configuration").rate_limit_factor, 2);
    }
}
