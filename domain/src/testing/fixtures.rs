//! Users, tickets and orders.

use std::time::Duration;

use model::{TicketId, UserId, tickets::ListingInput};
use sqlx::PgPool;
use time::{OffsetDateTime, macros::format_description};

use super::TestBackend;
use crate::{Backend, ids::fresh, tickets::list::list};

/// Days from now to the event of [`listing_input`].
const EVENT_IN_DAYS: i64 = 30;

/// Long enough for that event to have started.
pub const UNTIL_THE_EVENT: Duration = Duration::from_hours(31 * 24);

/// The time on this machine, for what PostgreSQL does not compare with its own.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place of the tests")]
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// A user with the address `name@example.com` and no usable password.
///
/// # Panics
///
/// When the database does not accept it.
pub async fn user(db: &PgPool, name: &str) -> UserId {
    let id = fresh::<UserId>();
    sqlx::query("INSERT INTO users (id, email, password_hash) VALUES ($1, $2, 'none')")
        .bind(id.as_uuid())
        .bind(format!("{name}@example.com"))
        .execute(db)
        .await
        .expect("a user");
    id
}

/// Many users.
///
/// # Panics
///
/// When the database does not accept them.
pub async fn users(db: &PgPool, count: usize) -> Vec<UserId> {
    let mut users = Vec::with_capacity(count);
    for n in 0..count {
        users.push(user(db, &format!("user{n}")).await);
    }
    users
}

/// Ana's ticket on sale, and Bob, who may buy it.
#[derive(Debug)]
pub struct Listed {
    /// A backend without Stripe.
    pub backend: Backend,
    /// The seller.
    pub ana: UserId,
    /// The buyer.
    pub bob: UserId,
    /// The ticket, with the fields of [`listing_input`].
    pub ticket: TicketId,
}

impl Listed {
    /// Creates the users and the ticket.
    ///
    /// # Panics
    ///
    /// When the database does not accept them.
    pub async fn new(db: PgPool) -> Self {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (user(&backend.db, "ana").await, user(&backend.db, "bob").await);
        let ticket = ticket(&backend, ana).await;
        Self { backend, ana, bob, ticket }
    }
}

/// A valid listing form: a concert in Berlin, a month from now, for $49.50.
#[must_use]
pub fn listing_input() -> ListingInput {
    ListingInput {
        title: "Sigur Rós".into(),
        category: "concert".into(),
        venue: "Tempodrom".into(),
        city: "Berlin".into(),
        starts_at: local_time_in_days(EVENT_IN_DAYS),
        time_zone: "Europe/Berlin".into(),
        section: "A".into(),
        row: "3".into(),
        seat: "12".into(),
        price: "49.50".into(),
    }
}

/// 20:00, that many days from now, as the form sends it.
///
/// # Panics
///
/// When the date is beyond the calendar's end.
#[must_use]
pub fn local_time_in_days(days: i64) -> String {
    let date = (now() + time::Duration::days(days)).date();
    let date = date.format(format_description!(version = 2, "[year]-[month]-[day]")).expect("a date");
    format!("{date}T20:00")
}

/// A ticket with the fields of [`listing_input`].
///
/// # Panics
///
/// When it cannot be listed.
pub async fn ticket(backend: &Backend, seller: UserId) -> TicketId {
    list(backend, seller, &listing_input()).await.expect("lists")
}

/// Sets a ticket's status, without checking the rules.
///
/// # Panics
///
/// When the database does not accept it.
pub async fn set_ticket_status(db: &PgPool, ticket: TicketId, status: &str) {
    sqlx::query("UPDATE tickets SET status = $2 WHERE id = $1")
        .bind(ticket.as_uuid())
        .bind(status)
        .execute(db)
        .await
        .expect("a status");
}

/// Many tickets of `seller`, each with a lock of `buyer` that ended a minute ago.
///
/// # Panics
///
/// When the database does not accept them.
pub async fn overdue_orders(db: &PgPool, seller: UserId, buyer: UserId, count: i32) {
    sqlx::query(
        "
        WITH listed AS (
            INSERT INTO tickets (id, seller_id, title, category, venue, city, starts_at, time_zone, price_cents)
            SELECT gen_random_uuid(), $1, 'Night ' || n, 'concert', 'Tempodrom', 'Berlin', now() + interval '30 days', 'Europe/Berlin', 4950
            FROM generate_series(1, $3) n
            RETURNING id
        )
        INSERT INTO orders (id, ticket_id, buyer_id, status, price_cents, currency, ticket_version, created_at, expires_at)
        SELECT gen_random_uuid(), id, $2, 'created', 4950, 'usd', 1, now() - interval '16 minutes', now() - interval '1 minute' FROM listed
        ",
    )
    .bind(seller.as_uuid())
    .bind(buyer.as_uuid())
    .bind(count)
    .execute(db)
    .await
    .expect("overdue orders");
}
