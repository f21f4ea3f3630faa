//! What every use-case works with.

use std::time::Duration;

use sqlx::PgPool;

use platform::{mail::Mailer, settings::Variables, stripe::Stripe};

use crate::{
    auth::{operators::Operators, password::Passwords},
    ledger::{Fee, MAX_FEE_BASIS_POINTS},
    live::ChangeSet,
    payments::PaymentSteps,
    transaction::Transaction,
};

/// The external services (the database, Stripe, the mail server) and the rules that the operator sets.
#[derive(Clone, Debug)]
pub struct Backend {
    /// PostgreSQL, which decides every use-case.
    pub db: PgPool,
    /// The client of Stripe.
    pub stripe: Stripe,
    /// The client of the mail server.
    pub mail: Mailer,
    /// The password hasher, which bounds how many hashes run at once.
    pub passwords: Passwords,
    /// The rules that the operator sets.
    pub rules: Rules,
    /// The tickets that changed, for the live updates.
    pub changes: ChangeSet,
    /// The users who run the site.
    pub operators: Operators,
    /// The steps of payments that are running.
    pub payment_steps: PaymentSteps,
}

impl Backend {
    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction<'static>> {
        Transaction::begin(&self.db, &self.changes).await
    }
}

/// The rules that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long a lock holds a ticket.
    pub lock_length: Duration,
    /// How many declined cards cancel an order.
    pub payment_attempts: i32,
    /// How many tickets one buyer may hold at once while they pay.
    pub max_active_locks: u32,
    /// How long a lock that ended without a sale counts against its buyer's next lock on the same listing,
    /// when another user wants its tickets too. Zero switches it off.
    pub lock_cooldown: Duration,
    /// How many users may be on the waitlist of one listing.
    pub max_waitlist_length: u32,
    /// How many waitlists one user may be on.
    pub max_waitlists_per_user: u32,
    /// The platform's fee on a sale.
    pub platform_fee: Fee,
}

impl Rules {
    /// Reads the rules from the environment.
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
        let max_waitlist_length = variables.bounded(
            "MAX_WAITLIST_LENGTH",
            defaults.max_waitlist_length,
            1..=10_000,
            "how many buyers may be on the waitlist of one listing",
        );
        let max_waitlists_per_user = variables.bounded(
            "MAX_WAITLISTS_PER_USER",
            defaults.max_waitlists_per_user,
            1..=1000,
            "how many waitlists one user may be on",
        );
        Self {
            lock_length: Duration::from_secs(lock_seconds.into()),
            payment_attempts: i32::try_from(attempts).unwrap_or(defaults.payment_attempts),
            max_active_locks,
            lock_cooldown: Duration::from_secs(cooldown_seconds.into()),
            max_waitlist_length,
            max_waitlists_per_user,
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
            max_waitlist_length: 100,
            max_waitlists_per_user: 20,
            platform_fee: Fee::default(),
        }
    }
}
