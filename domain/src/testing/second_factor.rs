//! The app of a user with a second factor.

use sqlx::PgPool;
use totp_rs::{Builder, Secret};

/// The app that makes a user's codes.
#[derive(Debug)]
pub struct App(totp_rs::Totp);

impl App {
    /// An app into which this key was typed.
    ///
    /// # Panics
    ///
    /// When it is no key.
    #[must_use]
    pub fn with_key(key: &str) -> Self {
        let secret = Secret::try_from_base32(key.replace('-', "")).expect("a key");
        Self(Builder::new().with_secret(secret).build().expect("a secret"))
    }

    /// The code that it shows so many steps after the present one.
    ///
    /// # Panics
    ///
    /// When the database does not answer.
    pub async fn code(&self, db: &PgPool, steps_later: i64) -> String {
        let seconds: i64 = sqlx::query_scalar("SELECT extract(epoch FROM clock_timestamp())::bigint + 30 * $1")
            .bind(steps_later)
            .fetch_one(db)
            .await
            .expect("the time");
        self.0.generate(seconds.unsigned_abs()).to_string()
    }
}
