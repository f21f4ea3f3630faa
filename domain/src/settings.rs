//! The configuration that the server and the workers share.

use platform::{
    database::{self, DatabaseSettings},
    mail::{MailSettings, Mailer},
    settings::{Environment, SettingsError, Variables},
    stripe::{Stripe, StripeSettings},
};
use secrecy::SecretString;

use crate::{
    Backend,
    auth::{operators::Operators, password::Passwords},
    backend::Rules,
    live::Changes,
};

/// What the server and the workers share.
#[derive(Debug)]
pub struct BackendSettings {
    /// `APP_ENV`
    pub environment: Environment,
    /// `DATABASE_URL`, `DATABASE_CONNECTIONS`
    pub database: DatabaseSettings,
    /// `REDIS_URL`
    pub redis_url: SecretString,
    /// `STRIPE_…`
    pub stripe: StripeSettings,
    /// `PUBLIC_URL`: the site's address as browsers see it, without a slash at the end.
    pub public_url: String,
    /// `SMTP_URL`, `MAIL_FROM`, `MAIL_CATCHER_URL`
    pub mail: MailSettings,
    /// `LOCK_…`, `PAYMENT_ATTEMPTS`, `MAX_…`, `PLATFORM_FEE_BASIS_POINTS`
    pub rules: Rules,
    /// `OPERATOR_EMAILS`
    pub operators: Operators,
}

impl BackendSettings {
    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let environment = variables.parsed("APP_ENV", Environment::Production);
        let settings = Self {
            environment,
            database: DatabaseSettings::read(variables),
            redis_url: variables.secret("REDIS_URL", "redis://:password@host:6379/0"),
            stripe: StripeSettings::read(variables, environment),
            public_url: variables
                .parsed("PUBLIC_URL", "http://127.0.0.1:3000".to_owned())
                .trim_end_matches('/')
                .to_owned(),
            mail: MailSettings::read(variables, environment),
            rules: Rules::read(variables),
            operators: variables.parsed("OPERATOR_EMAILS", Operators::default()),
        };
        if environment == Environment::Production && !settings.public_url.starts_with("https://") {
            let url = &settings.public_url;
            variables.complain(format!("PUBLIC_URL is {url}, and in production it must begin with https://"));
        }
        settings
    }

    /// Makes what the use-cases work with. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the database's address or a key of Stripe's cannot be used.
    pub fn backend(&self) -> Result<Backend, SettingsError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let db =
            database::connect(&self.database).map_err(|_| SettingsError::new("DATABASE_URL cannot be read".into()))?;
        let stripe = Stripe::new(self.stripe.clone()).map_err(|_| {
            SettingsError::new("STRIPE_API_BASE or STRIPE_SECRET_KEY cannot be part of a request".into())
        })?;
        let mail = Mailer::new(&self.mail, &self.public_url).map_err(|error| SettingsError::new(error.to_string()))?;
        Ok(Backend {
            db,
            stripe,
            mail,
            passwords: Passwords::new(cores),
            rules: self.rules,
            changes: Changes::default(),
            operators: self.operators.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &[(&str, &str)] = &[
        ("DATABASE_URL", "postgres://gittix@localhost/gittix"),
        ("REDIS_URL", "redis://localhost"),
        ("STRIPE_SECRET_KEY", "sk_live_1"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("PUBLIC_URL", "https://tickets.example.com/"),
        ("SMTP_URL", "smtps://gittix:hunter2@mail.example.com"),
        ("MAIL_FROM", "GitTix <tickets@example.com>"),
    ];

    fn read(variables: &[(&str, &str)]) -> Result<BackendSettings, SettingsError> {
        let look_up =
            |name: &str| variables.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut variables = Variables::new(&look_up);
        let settings = BackendSettings::read(&mut variables);
        variables.finish(settings)
    }

    fn complaints(more: &[(&str, &str)]) -> Vec<String> {
        read(&[COMPLETE, more].concat()).err().map_or_else(Vec::new, |error| error.problems().to_vec())
    }

    #[test]
    fn is_production_unless_told_otherwise() {
        let settings = read(COMPLETE).expect("complete");
        assert_eq!(settings.environment, Environment::Production);
        assert_eq!(settings.stripe.api_base, "https://api.stripe.com");
        assert_eq!(settings.public_url, "https://tickets.example.com");
        assert_eq!((settings.rules.lock_length.as_secs(), settings.rules.payment_attempts), (900, 3));
        assert_eq!((settings.rules.max_active_locks, settings.rules.lock_cooldown.as_secs()), (4, 300));
    }

    #[test]
    fn lists_all_that_is_wrong() {
        let error = read(&[
            ("LOCK_SECONDS", "soon"),
            ("PAYMENT_ATTEMPTS", "0"),
            ("MAX_ACTIVE_LOCKS", "0"),
            ("LOCK_COOLDOWN_SECONDS", "-1"),
            ("MAX_LINE_LENGTH", "endless"),
            ("MAX_LINE_PLACES", "0"),
            ("PLATFORM_FEE_BASIS_POINTS", "5001"),
            ("APP_ENV", "prod"),
            ("DATABASE_CONNECTIONS", "-1"),
            ("OPERATOR_EMAILS", "olga"),
        ]);
        let error = error.expect_err("nearly all is wrong").to_string();
        for name in [
            "APP_ENV",
            "LOCK_SECONDS",
            "PAYMENT_ATTEMPTS",
            "MAX_ACTIVE_LOCKS",
            "LOCK_COOLDOWN_SECONDS",
            "MAX_LINE_LENGTH",
            "MAX_LINE_PLACES",
            "PLATFORM_FEE_BASIS_POINTS",
            "DATABASE_URL",
            "DATABASE_CONNECTIONS",
            "REDIS_URL",
            "OPERATOR_EMAILS",
        ] {
            assert!(error.contains(name), "{name} in {error}");
        }
        assert_eq!(error.matches("STRIPE_").count(), 3, "{error}");
    }

    #[test]
    fn production_refuses_the_simulator() {
        let simulator = [("STRIPE_API_BASE", "http://127.0.0.1:3002"), ("STRIPE_JS_URL", "http://127.0.0.1:3002/v3/")];
        assert_eq!(complaints(&simulator).len(), 2);
        assert_eq!(complaints(&[simulator.as_slice(), &[("APP_ENV", "development")]].concat()), [""; 0]);
    }

    #[test]
    fn keeps_secrets_out_of_debug_output() {
        let settings = read(&[COMPLETE, &[("DATABASE_URL", "postgres://gittix:hunter2@localhost/gittix")]].concat())
            .expect("complete");
        let shown = format!("{settings:?}");
        for secret in ["hunter2", "sk_live_1", "whsec_1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
