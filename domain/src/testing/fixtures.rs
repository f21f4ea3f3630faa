//! Users, listings and orders.

use std::time::Duration;

use model::{
    EventId, ListingId, Money, OrderId, UserId,
    auth::Credentials,
    tickets::{ListingInput, LockInput, SplitRule},
};
use sqlx::PgPool;
use time::OffsetDateTime;

use super::TestBackend;
use crate::{
    Backend,
    auth::{
        self,
        browser::Browser,
        session::SessionToken,
        sign_up::{CreateError, create_account},
    },
    ids::fresh,
    orders::lock::{LockError, lock},
    tickets::{self, list::list},
};

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
    sqlx::query("INSERT INTO users (id, email, password_hash, email_verified_at) VALUES ($1, $2, 'none', now())")
        .bind(id.as_uuid())
        .bind(format!("{name}@example.com"))
        .execute(db)
        .await
        .expect("a user");
    id
}

/// Creates an account and signs it in, as a user who has typed the code in the mail.
///
/// # Errors
///
/// See [`CreateError`].
///
/// # Panics
///
/// When there is no session.
pub async fn sign_up(
    backend: &Backend,
    credentials: &Credentials,
    browser: &Browser,
) -> Result<SessionToken, CreateError> {
    let id = create_account(&backend.db, &backend.passwords, credentials).await?;
    let hash = auth::store::password_hash(&backend.db, id).await?.expect("an account has a password");
    let token = SessionToken::generate();
    let mut tx = backend.begin().await?;
    assert!(auth::store::insert_session(&mut tx, &token, id, &hash, browser, false).await?, "a session");
    tx.commit().await?;
    Ok(token)
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

/// Ana's listing of one ticket, and Bob, who may buy it.
#[derive(Debug)]
pub struct Listed {
    /// A backend without Stripe.
    pub backend: Backend,
    /// The seller.
    pub ana: UserId,
    /// The buyer.
    pub bob: UserId,
    /// The listing, with the fields of [`listing_input`].
    pub listing: ListingId,
}

impl Listed {
    /// Creates the users and the listing.
    ///
    /// # Panics
    ///
    /// When the database does not accept them.
    pub async fn new(db: PgPool) -> Self {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (user(&backend.db, "ana").await, user(&backend.db, "bob").await);
        let listing = listing(&backend, ana).await;
        Self { backend, ana, bob, listing }
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
        which_hour: String::new(),
        time_zone: "Europe/Berlin".into(),
        section: "A".into(),
        row: "3".into(),
        seat: "12".into(),
        quantity: String::new(),
        split: String::new(),
        price: "49.50".into(),
        face_value: String::new(),
        fall_every: String::new(),
        fall_by: String::new(),
        fall_to: String::new(),
    }
}

/// 20:00, that many days from today, as the form sends it. Today is the day at the venue of [`listing_input`]: late in the
/// evening of UTC it is the next one.
///
/// # Panics
///
/// When the date is beyond the calendar's end.
#[must_use]
pub fn local_time_in_days(days: i64) -> String {
    let now = jiff::Timestamp::from_second(now().unix_timestamp()).expect("a time of the calendar");
    let today = now.in_tz("Europe/Berlin").expect("a time zone").date();
    let date = today.checked_add(jiff::Span::new().days(days)).expect("a date");
    format!("{date}T20:00")
}

/// A listing of one ticket, with the fields of [`listing_input`].
///
/// # Panics
///
/// When it cannot be listed.
pub async fn listing(backend: &Backend, seller: UserId) -> ListingId {
    list(backend, seller, &listing_input()).await.expect("lists")
}

/// The event that a listing is for.
///
/// # Panics
///
/// When there is no such listing.
pub async fn event_of(backend: &Backend, listing: ListingId) -> EventId {
    let row = tickets::store::find(&backend.db, listing, None).await.expect("reads");
    row.expect("a listing").event_id
}

/// A listing of the seats 1 to `count`, with the split rule `split`.
///
/// # Panics
///
/// When it cannot be listed.
pub async fn listing_of(backend: &Backend, seller: UserId, count: usize, split: SplitRule) -> ListingId {
    let input = ListingInput { seat: format!("1-{count}"), split: split.code().into(), ..listing_input() };
    list(backend, seller, &input).await.expect("lists")
}

/// Locks one ticket of a listing as it is now, for a buyer who saw `price`.
///
/// # Errors
///
/// As [`lock`].
pub async fn lock_one(
    backend: &Backend,
    buyer: UserId,
    listing: ListingId,
    price: Money,
) -> Result<OrderId, LockError> {
    lock_some(backend, buyer, listing, price, 1).await
}

/// Locks tickets of a listing as it is now, for a buyer who saw `price`.
///
/// # Errors
///
/// As [`lock`].
///
/// # Panics
///
/// When the database does not answer.
pub async fn lock_some(
    backend: &Backend,
    buyer: UserId,
    listing: ListingId,
    price: Money,
    count: usize,
) -> Result<OrderId, LockError> {
    let version = sqlx::query_scalar("SELECT version FROM listings WHERE id = $1").bind(listing.as_uuid());
    let version: Option<i32> = version.fetch_optional(&backend.db).await.expect("the version");
    let version = version.unwrap_or(1);
    lock(backend, buyer, &LockInput { listing, version, price_cents: price.cents(), count, tickets: Vec::new() }).await
}

/// Sets the status of every ticket of a listing, without checking the rules. A sold one is sold to its seller.
///
/// # Panics
///
/// When the database does not accept it.
pub async fn set_ticket_status(db: &PgPool, listing: ListingId, status: &str) {
    sqlx::query(
        "
        WITH sold AS (
            INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
                section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at, ended_at, lock_end)
            SELECT l.id, l.seller_id, 'complete', l.version, array_agg(t.id), 'Night', 'Tempodrom', 'Berlin', min(t.starts_at), 'UTC',
                '', '', array_agg(t.seat), l.price_cents, l.price_cents * count(*), 0, 'usd', now(), now(), now()
            FROM listings l JOIN tickets t ON t.listing_id = l.id
            WHERE l.id = $1 AND $2 = 'sold' GROUP BY l.id
            RETURNING id, buyer_id
        )
        UPDATE tickets SET status = $2, order_id = (SELECT id FROM sold), holder_id = (SELECT buyer_id FROM sold),
            held_until = NULL, hold_slot = NULL, has_payment = false, withdrawn_at = NULL
        WHERE listing_id = $1
        ",
    )
    .bind(listing.as_uuid())
    .bind(status)
    .execute(db)
    .await
    .expect("a status");
}

/// Many listings of `seller`, each of one ticket with a lock of `buyer` that ended a minute ago.
///
/// # Panics
///
/// When the database does not accept them.
pub async fn overdue_orders(db: &PgPool, seller: UserId, buyer: UserId, count: i32) {
    sqlx::query(
        "
        WITH venue AS (
            INSERT INTO venues (id, name, city, name_key, city_key, time_zone)
            VALUES (gen_random_uuid(), 'Overdue', 'Berlin', 'overdue', 'berlin', 'Europe/Berlin') RETURNING id
        ), event AS (
            INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
            SELECT gen_random_uuid(), id, 'Night', 'night', 'concert', now()::timestamp + interval '30 days', now() + interval '30 days'
            FROM venue RETURNING id, starts_at
        ), listed AS (
            INSERT INTO listings (event_id, seller_id, price_cents) SELECT id, $1, 4950 FROM event, generate_series(1, $3) RETURNING id
        ), numbered AS (
            SELECT id, gen_random_uuid() AS ticket FROM listed
        ), ordered AS (
            INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
                section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at)
            SELECT n.id, $2, 'created', 1, ARRAY[n.ticket], 'Night', 'Overdue', 'Berlin', e.starts_at, 'Europe/Berlin',
                '', '', ARRAY[''], 4950, 4950, 0, 'usd', now() - interval '16 minutes'
            FROM numbered n, event e
            RETURNING id, ticket_ids
        )
        INSERT INTO tickets (id, listing_id, position, starts_at, order_id, holder_id, held_until)
        SELECT n.ticket, n.id, 1, e.starts_at, o.id, $2, now() - interval '1 minute'
        FROM numbered n JOIN ordered o ON o.ticket_ids[1] = n.ticket, event e
        ",
    )
    .bind(seller.as_uuid())
    .bind(buyer.as_uuid())
    .bind(count)
    .execute(db)
    .await
    .expect("overdue orders");
}
