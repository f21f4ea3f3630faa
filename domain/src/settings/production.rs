//! What production insists on, unless the operator names it as an exception.

use std::str::FromStr;

use platform::{database::DatabaseSettings, settings::Variables, stripe::StripeSettings};
use secrecy::{ExposeSecret, SecretString};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Something that production refuses unless it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum Exception {
    /// Keys of Stripe's test mode: every buyer pays with a test card.
    TestKeys,
    /// A connection to PostgreSQL that is not encrypted, or to a server whose certificate is not checked.
    PlainDatabase,
    /// The same to Redis.
    PlainRedis,
    /// The same to the service that stores the files of tickets.
    PlainFiles,
}

/// The exceptions that the operator names.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions(Vec<Exception>);

impl FromStr for Exceptions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<&str> = Exception::VARIANTS.iter().map(Into::into).collect();
        let read = |name: &str| name.trim().parse().map_err(|_| format!("some of {}", names.join(", ")));
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Exceptions {
    pub(super) fn read(variables: &mut Variables<'_>) -> Self {
        variables.list(
            "PRODUCTION_EXCEPTIONS",
            "what production does without, with commas between: `test_keys` (live keys of Stripe), `plain_database` (`sslmode=verify-full` in `DATABASE_URL`), `plain_redis` (`rediss://` in `REDIS_URL`), `plain_files` (`https://` in `S3_ENDPOINT`). For a trial, and for a network that no one else is on",
        )
    }

    /// Complains about whatever is neither as production wants it nor an exception. What is not set is complained about
    /// elsewhere.
    pub(super) fn check(
        &self,
        variables: &mut Variables<'_>,
        database: &DatabaseSettings,
        redis_url: &SecretString,
        stripe: &StripeSettings,
        files_endpoint: Option<&str>,
    ) {
        let mut check = |exception: Exception, value: &str, is_right: bool, wanted: &str| {
            if !value.is_empty() && !is_right && !self.0.contains(&exception) {
                let name: &str = exception.into();
                let without = format!("PRODUCTION_EXCEPTIONS={name} says that you do without it");
                variables.complain(format!("{wanted} in production; {without}"));
            }
        };
        let keys = "STRIPE_SECRET_KEY must begin with sk_live_ or rk_live_";
        check(Exception::TestKeys, stripe.secret_key.expose_secret(), stripe.is_live(), keys);
        let database_url = "DATABASE_URL must have sslmode=verify-full";
        check(Exception::PlainDatabase, database.url.expose_secret(), database.is_verified(), database_url);
        let redis_url = redis_url.expose_secret();
        let is_encrypted = redis_url.starts_with("rediss://");
        check(Exception::PlainRedis, redis_url, is_encrypted, "REDIS_URL must begin with rediss://");
        let endpoint = files_endpoint.unwrap_or_default();
        let is_encrypted = endpoint.starts_with("https://");
        check(Exception::PlainFiles, endpoint, is_encrypted, "S3_ENDPOINT must begin with https://");
    }
}
