//! Configuration from the environment, read once at start. What is wrong is listed whole, so that
//! nobody mends it one restart at a time.

#[cfg(any(test, feature = "testing"))]
pub mod document;

use std::{fmt, str::FromStr, time::Duration};

use secrecy::SecretString;
use sqlx::PgPool;

use crate::{
    Backend,
    auth::{operators::Operators, password::Passwords},
    backend::Rules,
    database::{self, DatabaseSettings},
    ledger::{Fee, MAX_FEE_BASIS_POINTS},
    live::Changes,
    mail::{MailSettings, Mailer},
    payments::gateway::{Stripe, StripeSettings},
    process,
};

/// The address of Stripe's API.
const STRIPE_API: &str = "https://api.stripe.com";
/// The address of Stripe.js. Stripe asks that it is loaded from there and nowhere else.
const STRIPE_JS: &str = "https://js.stripe.com/v3/";

/// The default of `PASSWORD_HASHES` on a machine of many cores.
const MOST_PASSWORD_HASHES: u32 = 4;

/// Whether real people pay real money here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Somebody's machine: the payment simulator and plain HTTP will do.
    Development,
    /// Stripe itself, and TLS.
    Production,
}

impl Environment {
    fn read(variables: &mut Variables<'_>) -> Self {
        let meaning = "`production` or `development`. Production refuses the simulator and a site without TLS";
        variables.parsed("APP_ENV", Self::Production, meaning)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

impl FromStr for Environment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("development or production"),
        }
    }
}

/// Reads variables, and notes what each means and what is wrong with it.
pub struct Variables<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
    known: Vec<Setting>,
}

/// A variable that was asked for, in the words of `docs/CONFIGURATION.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As the environment has it.
    pub name: &'static str,
    /// What holds where it is not set, as Markdown.
    pub default: String,
    /// What it does, with its bounds, as Markdown.
    pub meaning: String,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not right:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl<'a> Variables<'a> {
    /// Reads from `look_up`: the process' environment, or a test's.
    #[must_use]
    pub fn new(look_up: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, problems: Vec::new(), known: Vec::new() }
    }

    /// A variable; empty counts as not set.
    pub fn optional(&mut self, name: &'static str, meaning: &str) -> Option<String> {
        self.note(name, "none", meaning);
        self.value(name)
    }

    /// A variable that must be set.
    pub fn required(&mut self, name: &'static str, meaning: &str) -> String {
        self.note(name, "must be set", meaning);
        self.value(name).unwrap_or_else(|| {
            self.complain(format!("{name} is not set: {}", meaning.replace('`', "")));
            String::new()
        })
    }

    /// A secret that must be set.
    pub fn secret(&mut self, name: &'static str, meaning: &str) -> SecretString {
        self.required(name, meaning).into()
    }

    /// A variable of a type, with a default.
    pub fn parsed<T>(&mut self, name: &'static str, default: T, meaning: &str) -> T
    where
        T: FromStr<Err: fmt::Display> + fmt::Display,
    {
        self.note(name, &format!("`{default}`"), meaning);
        self.parse(name).unwrap_or(default)
    }

    /// Several of a kind, with commas between; none where it is not set.
    pub fn list<T: FromStr<Err: fmt::Display> + Default>(&mut self, name: &'static str, meaning: &str) -> T {
        self.note(name, "none", meaning);
        self.parse(name).unwrap_or_default()
    }

    /// A whole number within bounds, with a default.
    pub fn bounded(
        &mut self,
        name: &'static str,
        default: u32,
        bounds: std::ops::RangeInclusive<u32>,
        meaning: &str,
    ) -> u32 {
        let (least, most) = (bounds.start(), bounds.end());
        let value = self.parsed(name, default, &format!("{meaning} ({least} to {most})"));
        if !bounds.contains(&value) {
            self.complain(format!("{name} is {value}, and must lie between {least} and {most}"));
        }
        value
    }

    /// Notes a variable that the process or a library reads before there are settings.
    pub fn elsewhere(&mut self, name: &'static str, default: &str, meaning: &str) {
        self.note(name, default, meaning);
    }

    /// Words for the default of a variable, where it differs from machine to machine.
    pub fn describe_default(&mut self, name: &str, words: &str) {
        if let Some(setting) = self.known.iter_mut().find(|setting| setting.name == name) {
            words.clone_into(&mut setting.default);
        }
    }

    /// What was asked for, in that order.
    #[must_use]
    pub fn known(&self) -> &[Setting] {
        &self.known
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.look_up)(name).filter(|value| !value.is_empty())
    }

    fn parse<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let parsed = self.value(name)?.parse::<T>();
        parsed.map_err(|why| self.complain(format!("{name} is not understood: {why}"))).ok()
    }

    /// The first to ask for a variable says what it means.
    fn note(&mut self, name: &'static str, default: &str, meaning: &str) {
        if self.known.iter().all(|setting| setting.name != name) {
            self.known.push(Setting { name, default: default.to_owned(), meaning: meaning.to_owned() });
        }
    }

    /// Notes something that is wrong.
    pub fn complain(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Reads from the process' environment by `read`, and by nothing else: a command asks for what it uses.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with what was read.
    pub fn from_env<T>(read: impl FnOnce(&mut Variables<'_>) -> T) -> Result<T, SettingsError> {
        let look_up = |name: &str| std::env::var(name).ok();
        let mut variables = Variables::new(&look_up);
        let value = read(&mut variables);
        variables.finish(value)
    }

    /// The value, if nothing was wrong with any variable.
    ///
    /// # Errors
    ///
    /// Everything that was.
    pub fn finish<T>(self, value: T) -> Result<T, SettingsError> {
        if self.problems.is_empty() { Ok(value) } else { Err(SettingsError(self.problems)) }
    }
}

impl DatabaseSettings {
    /// Reads them: all that a command needs which asks nothing but the database.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        Self {
            url: variables.secret("DATABASE_URL", "`postgres://user:password@host/database`"),
            max_connections: variables.bounded(
                "DATABASE_CONNECTIONS",
                20,
                1..=1000,
                "the most connections that one process opens",
            ),
        }
    }

    /// Makes a pool. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the address cannot be used.
    pub fn pool(&self) -> Result<PgPool, SettingsError> {
        database::connect(self).map_err(|_| SettingsError(vec!["DATABASE_URL cannot be read".into()]))
    }
}

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
    /// `PASSWORD_HASHES`: how many passwords one process hashes at once, with 19 MiB for each.
    pub password_hashes: u32,
}

impl BackendSettings {
    /// Reads those of the demo. It writes to the database and asks nothing else, so stand-ins are enough for Stripe,
    /// mails and Redis. Production refuses it: the accounts' password is public.
    pub fn read_for_demo(variables: &mut Variables<'_>) -> Self {
        if Environment::read(variables) == Environment::Production {
            variables.complain("APP_ENV is production, and there are no demo accounts in production".into());
        }
        let used = ["DATABASE_URL", "DATABASE_CONNECTIONS", "PASSWORD_HASHES"];
        let look_up = variables.look_up;
        let with_stand_ins = |name: &str| match name {
            "APP_ENV" => Some("development".to_owned()),
            _ if used.contains(&name) => look_up(name),
            "REDIS_URL" | "STRIPE_SECRET_KEY" | "STRIPE_PUBLISHABLE_KEY" | "STRIPE_WEBHOOK_SECRET" => {
                Some("unused".to_owned())
            }
            _ => None,
        };
        let mut inner = Variables::new(&with_stand_ins);
        let settings = Self::read(&mut inner);
        variables.problems.append(&mut inner.problems);
        settings
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
            stripe: StripeSettings {
                api_base: variables.parsed(
                    "STRIPE_API_BASE",
                    STRIPE_API.to_owned(),
                    "Stripe's API, or the simulator. In production the default and nothing else",
                ),
                script_url: variables.parsed(
                    "STRIPE_JS_URL",
                    STRIPE_JS.to_owned(),
                    "where browsers load Stripe.js from. In production the default and nothing else",
                ),
                secret_key: variables.secret("STRIPE_SECRET_KEY", "the secret key, `sk_…`"),
                publishable_key: variables
                    .required("STRIPE_PUBLISHABLE_KEY", "the publishable key, `pk_…`, shown to browsers"),
                webhook_secret: variables
                    .secret("STRIPE_WEBHOOK_SECRET", "what Stripe signs its webhooks with, `whsec_…`"),
                previous_webhook_secret: variables
                    .optional(
                        "STRIPE_WEBHOOK_SECRET_PREVIOUS",
                        "the secret before it, until Stripe no longer signs with it ([rotation](PAYMENTS.md#webhooks))",
                    )
                    .map(SecretString::from),
            },
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
            operators: variables.list(
                "OPERATOR_EMAILS",
                "who sees `/operator`: the addresses of their accounts, with commas between. Sign up first and set it then: an address belongs to the user who signs up with it",
            ),
            password_hashes: read_password_hashes(variables),
        };
        process::describe(variables);
        if environment == Environment::Production {
            settings.refuse_simulator(variables);
            if !settings.public_url.starts_with("https://") {
                let url = &settings.public_url;
                variables.complain(format!("PUBLIC_URL is {url}, and in production it must begin with https://"));
            }
        }
        settings
    }

    /// Where real people buy, a simulator would hand out tickets for nothing.
    fn refuse_simulator(&self, variables: &mut Variables<'_>) {
        for (name, value, stripes) in [
            ("STRIPE_API_BASE", &self.stripe.api_base, STRIPE_API),
            ("STRIPE_JS_URL", &self.stripe.script_url, STRIPE_JS),
        ] {
            if value.trim_end_matches('/') != stripes.trim_end_matches('/') {
                variables.complain(format!("{name} is {value}, and in production it must be {stripes}"));
            }
        }
    }

    /// Makes what the use-cases work with. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the database's address or a key of Stripe's cannot be used.
    pub fn backend(&self) -> Result<Backend, SettingsError> {
        let db = self.database.pool()?;
        let stripe = Stripe::new(self.stripe.clone()).map_err(|_| {
            SettingsError(vec!["STRIPE_API_BASE or STRIPE_SECRET_KEY cannot be part of a request".into()])
        })?;
        let mail = Mailer::new(&self.mail, &self.public_url).map_err(|error| SettingsError(vec![error.to_string()]))?;
        Ok(Backend {
            db,
            stripe,
            mail,
            passwords: Passwords::new(usize::try_from(self.password_hashes).unwrap_or(1)),
            rules: self.rules,
            changes: Changes::default(),
            operators: self.operators.clone(),
        })
    }
}

impl Rules {
    fn read(variables: &mut Variables<'_>) -> Self {
        let defaults = Self::default();
        let lock_seconds =
            variables.bounded("LOCK_SECONDS", 900, 1..=86_400, "how long a lock holds a ticket, in seconds");
        let attempts = variables.bounded(
            "PAYMENT_ATTEMPTS",
            defaults.payment_attempts.unsigned_abs(),
            1..=20,
            "how many declined cards end an order",
        );
        let basis_points = variables.bounded(
            "PLATFORM_FEE_BASIS_POINTS",
            0,
            0..=MAX_FEE_BASIS_POINTS,
            "what the platform keeps of a sale, in hundredths of a percent, rounded down to the cent",
        );
        let max_active_locks = variables.bounded(
            "MAX_ACTIVE_LOCKS",
            defaults.max_active_locks,
            1..=1000,
            "how many tickets one buyer may hold at once while they pay",
        );
        let cooldown_seconds = variables.bounded(
            "LOCK_COOLDOWN_SECONDS",
            300,
            0..=86_400,
            "for how many seconds after a hold without a sale its buyer leaves the ticket to others who want it; 0 switches it off",
        );
        let max_line_length = variables.bounded(
            "MAX_LINE_LENGTH",
            defaults.max_line_length,
            1..=10_000,
            "how many wait in line for one locked ticket",
        );
        let max_line_places = variables.bounded(
            "MAX_LINE_PLACES",
            defaults.max_line_places,
            1..=1000,
            "in how many lines one user stands at once",
        );
        Self {
            lock_length: Duration::from_secs(lock_seconds.into()),
            payment_attempts: i32::try_from(attempts).unwrap_or(defaults.payment_attempts),
            max_active_locks,
            lock_cooldown: Duration::from_secs(cooldown_seconds.into()),
            max_line_length,
            max_line_places,
            platform_fee: Fee { basis_points },
        }
    }
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
        read(&[COMPLETE, more].concat()).err().map_or_else(Vec::new, |error| error.0)
    }

    #[test]
    fn is_production_unless_told_otherwise() {
        let settings = read(COMPLETE).expect("complete");
        assert_eq!(settings.environment, Environment::Production);
        assert_eq!(settings.stripe.api_base, STRIPE_API);
        assert_eq!(settings.public_url, "https://tickets.example.com");
        assert_eq!((settings.rules.lock_length.as_secs(), settings.rules.payment_attempts), (900, 3));
        assert_eq!((settings.rules.max_active_locks, settings.rules.lock_cooldown.as_secs()), (4, 300));
        assert!((1..=MOST_PASSWORD_HASHES).contains(&settings.password_hashes));
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
            ("PASSWORD_HASHES", "0"),
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
            "PASSWORD_HASHES",
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
        let settings = read(&[development, database, ("LOCK_SECONDS", "soon"), ("SMTP_URL", "smtp://real")]);
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
        let settings = read(&[COMPLETE, &[("DATABASE_URL", "postgres://gittix:hunter2@localhost/gittix")]].concat())
            .expect("complete");
        let shown = format!("{settings:?}");
        for secret in ["hunter2", "sk_live_1", "whsec_1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
