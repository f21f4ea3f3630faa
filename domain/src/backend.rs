//! What every use-case works with.

use std::time::Duration;

use sqlx::PgPool;

use platform::{mail::Mailer, settings::Variables, stripe::Stripe};

use crate::{
    auth::{operators::Operators, password::Passwords},
    ledger::{Fee, MAX_FEE_BASIS_POINTS},
    live::Changes,
};

/// The world outside: the database, Stripe, the mail server, and the rules that an operator sets.
#[derive(Clone, Debug)]
pub struct Backend {
    /// PostgreSQL, which decides everything.
    pub db: PgPool,
    /// Stripe, which moves the money.
    pub stripe: Stripe,
    /// The mail server.
    pub mail: Mailer,
    /// The password hasher with its bound on work at once.
    pub passwords: Passwords,
    /// What an operator sets.
    pub rules: Rules,
    /// What has happened to tickets, for whoever looks at them.
    pub changes: Changes,
    /// Who runs the site.
    pub operators: Operators,
}

/// What an operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long a lock holds a ticket.
    pub lock_length: Duration,
    /// How many declined cards end an order.
    pub payment_attempts: i32,
    /// How many tickets one buyer may hold at once while they pay.
    pub max_active_locks: u32,
    /// For how long a hold that ended without a sale counts against its buyer's next one on the same
    /// ticket, where others want it too. Zero switches it off.
    pub lock_cooldown: Duration,
    /// How many wait in line for one ticket.
    pub max_line_length: u32,
    /// In how many lines one user stands at once.
    pub max_line_places: u32,
    /// What the platform keeps of a sale.
    pub platform_fee: Fee,
}

impl Rules {
    /// Reads them.
    pub fn read(variables: &mut Variables<'_>) -> Self {
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

impl Default for Rules {
    fn default() -> Self {
        Self {
            lock_length: Duration::from_mins(15),
            payment_attempts: 3,
            max_active_locks: 4,
            lock_cooldown: Duration::from_mins(5),
            max_line_length: 100,
            max_line_places: 20,
            platform_fee: Fee::default(),
        }
    }
}
