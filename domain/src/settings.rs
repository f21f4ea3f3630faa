//! The configuration that the server and the workers share.

#[cfg(any(test, feature = "testing"))]
pub mod document;
mod production;

use platform::{
    database::DatabaseSettings,
    mail::{MailSettings, Mailer},
    process,
    sealing::{KEY_BYTES, Keys},
    settings::{Environment, SettingsError, Variables},
    stripe::{Stripe, StripeSettings},
};
use secrecy::SecretString;

use self::production::Exceptions;
use crate::{
    Backend, auth::password::Passwords, backend::Rules, delivery::settings::DeliverySettings, live::ChangeSet,
    payments::PaymentSteps, view_counts::ViewCounts,
};

/// The default of `PASSWORD_HASHES` on a machine of many cores.
const MOST_PASSWORD_HASHES: u32 = 4;

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
    /// `TICKET_…`, `INSPECT_…`: how tickets are handed over.
    pub delivery: DeliverySettings,
    /// `SECOND_FACTOR_KEYS`; none if it is not set or not understood, which is noted.
    pub second_factor_keys: Option<Keys>,
    /// `PASSWORD_HASHES`: how many passwords one process hashes at once, with 19 MiB for each.
    pub password_hashes: u32,
}

impl BackendSettings {
    /// Reads those of the demo. It writes to the database, with codes that are sealed, and asks nothing else, so stand-ins
    /// are enough for Stripe, mails and Redis. Production refuses it: the accounts' password is public.
    pub fn read_for_demo(variables: &mut Variables<'_>) -> Self {
        if Environment::read(variables) == Environment::Production {
            variables.complain("APP_ENV is production, and there are no demo accounts in production".into());
        }
        let used = ["DATABASE_URL", "DATABASE_CONNECTIONS", "PASSWORD_HASHES", "TICKET_KEYS", "TICKET_HASH_KEY"];
        let stand_in = |name: &str| match name {
            "APP_ENV" => Some("development".to_owned()),
            "REDIS_URL" | "STRIPE_SECRET_KEY" | "STRIPE_PUBLISHABLE_KEY" | "STRIPE_WEBHOOK_SECRET" | "TICKET_FILES" => {
                Some("unused".to_owned())
            }
            // The accounts of the demo have none.
            "SECOND_FACTOR_KEYS" => Some(format!("unused:{}", "0".repeat(2 * KEY_BYTES))),
            _ => None,
        };
        let settings = variables.with_stand_ins(&used, stand_in, Self::read);
        Self { delivery: settings.delivery.without_files(), ..settings }
    }

    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let environment = Environment::read(variables);
        let settings = Self {
            environment,
            database: DatabaseSettings::read(variables),
            redis_url: variables.secret(
                "REDIS_URL",
                "`redis://:password@host:6379/0`; `rediss://…` with TLS, by the authorities that the machine trusts (`SSL_CERT_FILE` names others)",
            ),
            stripe: StripeSettings::read(variables, environment),
            public_url: variables
                .parsed(
                    "PUBLIC_URL",
                    "http://127.0.0.1:3000".to_owned(),
                    "the site's address as browsers see it, and where the links of mails lead. In production it begins with `https://`",
                )
                .trim_end_matches('/')
                .to_owned(),
            mail: MailSettings::read(variables, environment),
            rules: Rules::read(variables),
            delivery: DeliverySettings::read(variables),
            second_factor_keys: read_second_factor_keys(variables),
            password_hashes: read_password_hashes(variables),
        };
        process::describe(variables);
        let exceptions = Exceptions::read(variables);
        if environment == Environment::Production {
            let files = settings.delivery.endpoint();
            exceptions.check(variables, &settings.database, &settings.redis_url, &settings.stripe, files);
        }
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
        let db = self.database.pool()?;
        let stripe = Stripe::new(self.stripe.clone()).map_err(|_| {
            SettingsError::new("STRIPE_API_BASE or STRIPE_SECRET_KEY cannot be part of a request".into())
        })?;
        let mail = Mailer::new(&self.mail, &self.public_url).map_err(|error| SettingsError::new(error.to_string()))?;
        Ok(Backend {
            db,
            stripe,
            mail,
            delivery: self.delivery.delivery()?,
            second_factor_keys: self
                .second_factor_keys
                .clone()
                .ok_or_else(|| SettingsError::new("SECOND_FACTOR_KEYS must be set".into()))?,
            passwords: Passwords::new(usize::try_from(self.password_hashes).unwrap_or(1)),
            rules: self.rules,
            changes: ChangeSet::default(),
            view_counts: ViewCounts::default(),
            payment_steps: PaymentSteps::default(),
        })
    }
}

/// The keys that seal the secrets of second factors.
fn read_second_factor_keys(variables: &mut Variables<'_>) -> Option<Keys> {
    let name = "SECOND_FACTOR_KEYS";
    let meaning =
        "what seals the secrets of users' second factors: keys like those of `TICKET_KEYS`, and others than those";
    let text = variables.required(name, meaning);
    // What is not set has its complaint already.
    let keys = (!text.is_empty()).then(|| text.parse::<Keys>())?;
    keys.map_err(|why| variables.complain(format!("{name} is not understood: {why}"))).ok()
}

/// A hash takes a core for tens of milliseconds and keeps its memory: as many as there are cores, and no more
/// than a pod of 512 MiB has room for.
fn read_password_hashes(variables: &mut Variables<'_>) -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let default = u32::try_from(cores).unwrap_or(MOST_PASSWORD_HASHES).min(MOST_PASSWORD_HASHES);
    let name = "PASSWORD_HASHES";
    let meaning = "how many passwords one process hashes at once; it keeps 19 MiB for each";
    let hashes = variables.bounded(name, default, 1..=256, meaning);
    variables.describe_default(name, &format!("the number of cores, {MOST_PASSWORD_HASHES} at most"));
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &[(&str, &str)] = &[
        ("DATABASE_URL", "postgres://gittix@localhost/gittix?sslmode=verify-full"),
        ("REDIS_URL", "rediss://localhost"),
        ("STRIPE_SECRET_KEY", "sk_live_1"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("PUBLIC_URL", "https://tickets.example.com/"),
        ("SMTP_URL", "smtps://gittix:hunter2@mail.example.com"),
        ("MAIL_FROM", "GitTix <tickets@example.com>"),
        ("TICKET_FILES", "/tmp/gittix-test-files"),
        ("TICKET_KEYS", "a:1111111111111111111111111111111111111111111111111111111111111111"),
        ("TICKET_HASH_KEY", "2222222222222222222222222222222222222222222222222222222222222222"),
        ("SECOND_FACTOR_KEYS", "a:3333333333333333333333333333333333333333333333333333333333333333"),
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
        assert_eq!((settings.rules.max_active_locks, settings.rules.max_tickets_per_event), (4, 8));
        assert_eq!(settings.rules.lock_cooldown.as_secs(), 300);
        assert!(settings.rules.places.at("Europe/Paris").is_none(), "no rule that the operator did not choose");
        let with_rules = read(&[COMPLETE, &[("PLACE_RULES_FILE", "examples")]].concat()).expect("complete");
        assert!(with_rules.rules.places.at("Europe/Paris").is_some());
        assert!((1..=MOST_PASSWORD_HASHES).contains(&settings.password_hashes));
    }

    #[test]
    fn lists_all_that_is_wrong() {
        let error = read(&[
            ("LOCK_SECONDS", "soon"),
            ("PAYMENT_ATTEMPTS", "0"),
            ("MAX_ACTIVE_LOCKS", "0"),
            ("MAX_TICKETS_PER_EVENT", "-1"),
            ("LOCK_COOLDOWN_SECONDS", "-1"),
            ("MAX_WAITLIST_LENGTH", "endless"),
            ("MAX_WAITLISTS_PER_USER", "0"),
            ("PLATFORM_FEE_BASIS_POINTS", "5001"),
            ("PLACE_RULES_FILE", "/no/such/file"),
            ("APP_ENV", "prod"),
            ("DATABASE_CONNECTIONS", "-1"),
            ("PASSWORD_HASHES", "0"),
        ]);
        let error = error.expect_err("nearly all is wrong").to_string();
        for name in [
            "APP_ENV",
            "LOCK_SECONDS",
            "PAYMENT_ATTEMPTS",
            "MAX_ACTIVE_LOCKS",
            "MAX_TICKETS_PER_EVENT",
            "LOCK_COOLDOWN_SECONDS",
            "MAX_WAITLIST_LENGTH",
            "MAX_WAITLISTS_PER_USER",
            "PLATFORM_FEE_BASIS_POINTS",
            "PLACE_RULES_FILE",
            "DATABASE_URL",
            "DATABASE_CONNECTIONS",
            "REDIS_URL",
            "PASSWORD_HASHES",
            "SECOND_FACTOR_KEYS",
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
    fn production_refuses_test_keys_and_keys_of_two_modes() {
        let keys = |secret, publishable, exceptions| {
            let set = [("STRIPE_SECRET_KEY", secret), ("STRIPE_PUBLISHABLE_KEY", publishable)];
            complaints(&[set.as_slice(), &[("PRODUCTION_EXCEPTIONS", exceptions)]].concat())
        };
        assert_eq!(keys("rk_live_1", "pk_live_1", ""), [""; 0], "a restricted key");
        for (secret, publishable) in [("sk_test_1", "pk_test_1"), ("rk_test_1", "pk_test_1"), ("1", "1")] {
            let refused = keys(secret, publishable, "plain_redis");
            assert_eq!(refused.len(), 1, "{refused:?}");
            assert!(refused[0].contains("PRODUCTION_EXCEPTIONS=test_keys"), "{refused:?}");
            assert_eq!(keys(secret, publishable, "test_keys"), [""; 0]);
        }
        for (secret, publishable) in [("sk_live_1", "pk_test_1"), ("sk_test_1", "pk_live_1")] {
            let refused = keys(secret, publishable, "test_keys");
            assert_eq!(refused, ["STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of two modes of Stripe"]);
            let development =
                [("STRIPE_SECRET_KEY", secret), ("STRIPE_PUBLISHABLE_KEY", publishable), ("APP_ENV", "development")];
            assert_eq!(complaints(&development), [""; 0]);
        }
    }

    #[test]
    fn production_refuses_plain_connections() {
        let plain_database = [
            "postgres://gittix@localhost/gittix",
            "postgres://gittix@localhost/gittix?sslmode=require",
            "postgres://gittix@localhost/gittix?sslmode=verify-ca",
        ];
        for (name, exception, values) in [
            ("DATABASE_URL", "plain_database", &plain_database[..]),
            ("REDIS_URL", "plain_redis", &["redis://localhost", "redis+unix:///run/redis"]),
        ] {
            for value in values {
                let refused = complaints(&[(name, value)]);
                assert_eq!(refused.len(), 1, "{refused:?}");
                assert!(refused[0].starts_with(name) && refused[0].contains(exception), "{refused:?}");
                assert!(!refused[0].contains(value), "it may have a password: {refused:?}");
                let excepted = format!("test_keys, {exception}");
                assert_eq!(complaints(&[(name, value), ("PRODUCTION_EXCEPTIONS", &excepted)]), [""; 0]);
                assert_eq!(complaints(&[(name, value), ("APP_ENV", "development")]), [""; 0]);
            }
        }
        let bucket = [
            ("TICKET_FILES", "s3://tickets"),
            ("S3_ACCESS_KEY_ID", "id"),
            ("S3_SECRET_ACCESS_KEY", "secret"),
            ("S3_ENDPOINT", "http://files.example.com"),
        ];
        let refused = complaints(&bucket);
        assert!(refused.len() == 1 && refused[0].starts_with("S3_ENDPOINT"), "{refused:?}");
        for excepted in [("PRODUCTION_EXCEPTIONS", "plain_files"), ("S3_ENDPOINT", "https://files.example.com")] {
            assert_eq!(complaints(&[bucket.as_slice(), &[excepted]].concat()), [""; 0]);
        }
        let unknown = complaints(&[("PRODUCTION_EXCEPTIONS", "everything")]);
        assert!(unknown[0].contains("test_keys, plain_database, plain_redis, plain_files"), "{unknown:?}");
    }

    #[test]
    fn demo_reads_the_database_alone() {
        let read = |set: &[(&str, &str)]| {
            let look_up = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            let mut variables = Variables::new(&look_up);
            let settings = BackendSettings::read_for_demo(&mut variables);
            variables.finish(settings)
        };
        let (development, database) =
            (("APP_ENV", "development"), ("DATABASE_URL", "postgres://gittix@localhost/demo"));
        // What another command refuses is not read here.
        let keys = [
            ("TICKET_KEYS", "a:1111111111111111111111111111111111111111111111111111111111111111"),
            ("TICKET_HASH_KEY", "2222222222222222222222222222222222222222222222222222222222222222"),
        ];
        let settings = read(
            &[[development, database, ("LOCK_SECONDS", "soon"), ("SMTP_URL", "smtp://real")].as_slice(), &keys]
                .concat(),
        );
        let settings = settings.expect("the database is enough");
        assert!(settings.mail.smtp_url.is_none());
        let missing = read(&[development]).expect_err("no database").to_string();
        assert!(missing.contains("DATABASE_URL is not set"), "{missing}");
        let refused = read(&[database]).expect_err("production").to_string();
        assert!(refused.contains("no demo accounts in production"), "{refused}");
    }

    #[test]
    fn configuration_page_lists_what_servers_and_workers_read() {
        document::check(
            "server and workers",
            |variables| {
                BackendSettings::read(variables);
            },
            |_| (),
        );
    }

    #[test]
    fn keeps_secrets_out_of_debug_output() {
        let settings = read(
            &[COMPLETE, &[("DATABASE_URL", "postgres://gittix:hunter2@localhost/gittix?sslmode=verify-full")]].concat(),
        )
        .expect("complete");
        let shown = format!("{settings:?}");
        for secret in ["hunter2", "sk_live_1", "whsec_1", "1111", "2222", "3333"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
