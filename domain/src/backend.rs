//! What every use-case works with.

use std::time::Duration;

use model::money::{Fee, MAX_FEE_BASIS_POINTS};
use sqlx::PgPool;

use platform::{mail::Mailer, sealing::Keys, settings::Variables, stripe::Stripe};

use crate::{
    auth::password::Passwords,
    delivery::Delivery,
    live::ChangeSet,
    payments::PaymentSteps,
    places::{self, PlaceRule, Places},
    transaction::Transaction,
    view_counts::ViewCounts,
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
    /// What delivery works with: files, keys, and what reads files.
    pub delivery: Delivery,
    /// What seals the secrets of second factors.
    pub second_factor_keys: Keys,
    /// The rules that the operator sets.
    pub rules: Rules,
    /// The tickets that changed, for the live updates.
    pub changes: ChangeSet,
    /// The views of listings that are counted and not written yet.
    pub view_counts: ViewCounts,
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
    /// How many tickets for one event a buyer may have, over all orders: bought, or held while they pay. Zero is no limit.
    pub max_tickets_per_event: u32,
    /// How long a lock that ended without a sale counts against its buyer's next lock on the same listing,
    /// when another user wants its tickets too. Zero switches it off.
    pub lock_cooldown: Duration,
    /// How many users may be on the waitlist of one listing.
    pub max_waitlist_length: u32,
    /// How many waitlists one user may be on.
    pub max_waitlists_per_user: u32,
    /// How many offers of waitlists a user may leave unpaid within 24 hours: then they are on no waitlist until fewer count.
    /// Zero switches it off.
    pub max_unpaid_offers: u32,
    /// How many listings an account may have on sale at one time in its first days, and with each sale some more.
    pub max_listings_of_new_account: u32,
    /// The same after that.
    pub max_listings_of_account: u32,
    /// How many cards of one account may be declined within 24 hours: then it begins no payment for 24 hours.
    pub max_declines_per_account: u32,
    /// The same for the payments that are begun from one network. Many users share that of an office or of a provider.
    pub max_declines_per_network: u32,
    /// The platform's fee on a sale.
    pub platform_fee: Fee,
    /// The rules of countries. They are read once and kept for as long as the process runs.
    pub places: &'static Places,
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
        let max_tickets_per_event = variables.bounded(
            "MAX_TICKETS_PER_EVENT",
            defaults.max_tickets_per_event,
            0..=1000,
            "how many tickets for one event a buyer may have, over all orders: bought, or held while they pay; 0 is no limit",
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
        let max_unpaid_offers = variables.bounded(
            "MAX_UNPAID_OFFERS",
            defaults.max_unpaid_offers,
            0..=1000,
            "how many offers of waitlists one user may leave unpaid within 24 hours: then they are on no waitlist until fewer count; 0 switches it off",
        );
        let max_listings_of_new_account = variables.bounded(
            "MAX_LISTINGS_OF_NEW_ACCOUNT",
            defaults.max_listings_of_new_account,
            1..=1000,
            "how many listings an account may have on sale at one time in its first seven days; each completed sale allows five more, up to 1,000",
        );
        let max_listings_of_account = variables.bounded(
            "MAX_LISTINGS_OF_ACCOUNT",
            defaults.max_listings_of_account,
            1..=1000,
            "the same after seven days",
        );
        let max_declines_per_account = variables.bounded(
            "MAX_DECLINES_PER_ACCOUNT",
            defaults.max_declines_per_account,
            1..=1_000_000,
            "how many cards of one account may be declined within 24 hours: then it begins no payment for 24 hours",
        );
        let max_declines_per_network = variables.bounded(
            "MAX_DECLINES_PER_NETWORK",
            defaults.max_declines_per_network,
            1..=1_000_000,
            "the same for payments that are begun from one address, or network of IPv6",
        );
        Self {
            lock_length: Duration::from_secs(lock_seconds.into()),
            payment_attempts: i32::try_from(attempts).unwrap_or(defaults.payment_attempts),
            max_active_locks,
            max_tickets_per_event,
            lock_cooldown: Duration::from_secs(cooldown_seconds.into()),
            max_waitlist_length,
            max_waitlists_per_user,
            max_unpaid_offers,
            max_listings_of_new_account,
            max_listings_of_account,
            max_declines_per_account,
            max_declines_per_network,
            platform_fee: Fee { basis_points },
            places: read_places(variables),
        }
    }

    /// How many tickets for one event a buyer may have at a venue of this time zone. Zero is no limit.
    pub(crate) fn event_limit(&self, time_zone: &str) -> u32 {
        self.with_place(self.places.at(time_zone).and_then(PlaceRule::per_person))
    }

    /// The time zones where a place has a number of its own, and what it comes to there.
    pub(crate) fn event_limits(&self) -> (Vec<&'static str>, Vec<i64>) {
        self.places.numbers().map(|(zone, number)| (zone, i64::from(self.with_place(Some(number))))).unzip()
    }

    /// The lower one of the operator's limit and the place's.
    fn with_place(&self, number: Option<u32>) -> u32 {
        match (self.max_tickets_per_event, number) {
            (limit, None) => limit,
            (0, Some(number)) => number,
            (limit, Some(number)) => limit.min(number),
        }
    }

    /// The most tickets that one order can take at a venue of this time zone.
    pub(crate) fn most_per_order(&self, time_zone: &str) -> usize {
        let most = match self.event_limit(time_zone) {
            0 => self.max_active_locks,
            limit => limit.min(self.max_active_locks),
        };
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

/// The rules of the operator's file.
fn read_places(variables: &mut Variables<'_>) -> &'static Places {
    let name = "PLACE_RULES_FILE";
    let meaning = "the rules of countries for resale, by the venue's time zone: a JSON file like `domain/src/places/examples.json`, or `examples` for those, which are no legal advice";
    let Some(file) = variables.optional(name, meaning) else { return &places::NONE };
    let text = if file == "examples" { Ok(places::EXAMPLES.to_owned()) } else { std::fs::read_to_string(&file) };
    let read = text
        .map_err(|error| error.to_string())
        .and_then(|text| Places::parse(&text).map_err(|error| error.to_string()));
    match read {
        Ok(places) => Box::leak(Box::new(places)),
        Err(error) => {
            variables.complain(format!("{name} is {file}, which cannot be used: {error}"));
            &places::NONE
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lock_length: Duration::from_mins(15),
            payment_attempts: 3,
            max_active_locks: 4,
            max_tickets_per_event: 8,
            lock_cooldown: Duration::from_mins(5),
            max_waitlist_length: 100,
            max_waitlists_per_user: 20,
            max_unpaid_offers: 3,
            max_listings_of_new_account: 10,
            max_listings_of_account: 50,
            max_declines_per_account: 10,
            max_declines_per_network: 50,
            platform_fee: Fee::default(),
            places: &places::NONE,
        }
    }
}
