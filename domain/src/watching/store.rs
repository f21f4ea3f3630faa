//! SQL of watches.

use model::{EventId, ListingId, Money, UserId, WatchId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{AT_ONCE_PAUSE_MINUTES, DIGEST_HOURS};
use crate::{catalogue::offers::offers, tickets::state::PAYMENT_GRACE};

/// An event that a user wants to watch.
pub(super) struct EventRow {
    pub(super) id: EventId,
    pub(super) title: String,
    pub(super) city: String,
    pub(super) time_zone: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) is_cancelled: bool,
    pub(super) now: OffsetDateTime,
}

/// The event whose id ends with these digits.
pub(super) async fn find_event(db: impl PgExecutor<'_>, digits: &str) -> sqlx::Result<Option<EventRow>> {
    sqlx::query_as!(
        EventRow,
        r#"
        SELECT e.id AS "id: EventId", e.title, v.city, v.time_zone, e.starts_at, e.cancelled_at IS NOT NULL AS "is_cancelled!", statement_timestamp() AS "now!"
        FROM events e JOIN venues v ON v.id = e.venue_id WHERE right(e.id::text, 12) = $1
        "#,
        digits,
    )
    .fetch_optional(db)
    .await
}

/// Shares the row lock of a listing, so that it moves to no other event until the transaction ends.
pub(super) async fn share_listing(tx: &mut PgConnection, listing: ListingId) -> sqlx::Result<()> {
    sqlx::query!("SELECT FROM listings WHERE id = $1 FOR SHARE", listing.as_uuid()).fetch_optional(tx).await?;
    Ok(())
}

/// Takes the row lock of an account. Returns whether there is one: it may have been deleted.
pub(super) async fn lock_account(tx: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let locked =
        sqlx::query!("SELECT FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", user.as_uuid());
    Ok(locked.fetch_optional(tx).await?.is_some())
}

/// What is watched.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// An event, at any price or at `under` at most.
    Event { id: EventId, under: Option<Money> },
    /// A listing.
    Listing(ListingId),
}

impl Target {
    fn event(self) -> Option<EventId> {
        match self {
            Self::Event { id, .. } => Some(id),
            Self::Listing(_) => None,
        }
    }

    fn listing(self) -> Option<ListingId> {
        match self {
            Self::Event { .. } => None,
            Self::Listing(id) => Some(id),
        }
    }

    fn under_cents(self) -> Option<i64> {
        match self {
            Self::Event { under, .. } => under.map(Money::cents),
            Self::Listing(_) => None,
        }
    }
}

/// A watch to store.
pub(super) struct Put {
    pub(super) user: UserId,
    pub(super) target: Target,
    /// The start of the event.
    pub(super) starts_at: OffsetDateTime,
    pub(super) at_once: bool,
}

/// Changes how a user watches something, under the account's row lock. Returns whether they watch it.
pub(super) async fn change(tx: &mut PgConnection, watch: &Put) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"
        UPDATE watches SET under_cents = $4
        WHERE user_id = $1 AND (event_id = $2 OR listing_id = $3) RETURNING id AS "id: WatchId"
        "#,
        watch.user.as_uuid(),
        watch.target.event().map(EventId::as_uuid),
        watch.target.listing().map(ListingId::as_uuid),
        watch.target.under_cents(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(id) = found else { return Ok(false) };
    set_at_once(tx, watch.user, id, watch.at_once).await?;
    Ok(true)
}

/// Adds a watch, under the account's row lock. Returns whether it did: not if the user has `limit` watches already. All
/// digests of a user are due together.
pub(super) async fn insert(tx: &mut PgConnection, watch: &Put, limit: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO watches (user_id, event_id, listing_id, under_cents, at_once, starts_at, due_at)
        SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $5 THEN statement_timestamp() ELSE coalesce(
            (SELECT min(d.due_at) FROM watches d WHERE d.user_id = $1 AND NOT d.at_once),
            statement_timestamp() + make_interval(hours => $8)
        ) END
        WHERE (SELECT count(*) FROM watches o WHERE o.user_id = $1) < $7
        ",
        watch.user.as_uuid(),
        watch.target.event().map(EventId::as_uuid),
        watch.target.listing().map(ListingId::as_uuid),
        watch.target.under_cents(),
        watch.at_once,
        watch.starts_at,
        limit,
        DIGEST_HOURS,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Tells a watch at once, or in the digest. The pause after the last mail stays.
pub(super) async fn set_at_once(
    db: impl PgExecutor<'_>,
    user: UserId,
    watch: WatchId,
    at_once: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE watches w SET at_once = $3, due_at = CASE
            WHEN $3 AND told_until > created_at THEN told_until + make_interval(mins => $4)
            WHEN $3 THEN created_at
            ELSE coalesce(
                (SELECT min(d.due_at) FROM watches d WHERE d.user_id = $1 AND NOT d.at_once),
                statement_timestamp() + make_interval(hours => $5)
            )
        END
        WHERE w.id = $2 AND w.user_id = $1 AND w.at_once <> $3
        ",
        user.as_uuid(),
        watch.as_uuid(),
        at_once,
        AT_ONCE_PAUSE_MINUTES,
        DIGEST_HOURS,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a watch of a user, if they have it.
pub(super) async fn delete(db: impl PgExecutor<'_>, user: UserId, watch: WatchId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM watches WHERE id = $1 AND user_id = $2", watch.as_uuid(), user.as_uuid())
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes all watches of a user.
pub(crate) async fn delete_all(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<u64> {
    let done = sqlx::query!("DELETE FROM watches WHERE user_id = $1", user.as_uuid()).execute(db).await?;
    Ok(done.rows_affected())
}

/// Deletes up to `limit` watches of events that have started. Returns how many.
pub(super) async fn delete_started(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM watches WHERE id = ANY(ARRAY(
            SELECT id FROM watches WHERE starts_at <= now() ORDER BY starts_at LIMIT $1 FOR UPDATE SKIP LOCKED
        ))
        ",
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// A watch on the page of what its user watches.
pub(super) struct WatchRow {
    pub(super) id: WatchId,
    pub(super) listing_id: Option<ListingId>,
    pub(super) under_cents: Option<i64>,
    pub(super) at_once: bool,
    pub(super) event_id: EventId,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) time_zone: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) is_cancelled: bool,
    /// The lowest price that is on sale at the event.
    pub(super) cheapest_cents: Option<i64>,
}

/// What a user watches of events that have not started, soonest event first.
pub(super) async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Vec<WatchRow>> {
    offers!(
        WatchRow,
        r#"
        WITH mine AS (
            SELECT w.id, w.listing_id, w.under_cents, w.at_once, coalesce(w.event_id, l.event_id) AS event_id
            FROM watches w LEFT JOIN listings l ON l.id = w.listing_id WHERE w.user_id = $2
        ), offers AS (
            SELECT m.id, o.price_cents FROM mine m JOIN events e ON m.listing_id IS NULL AND e.id = m.event_id
        "#,
        r#"
            WHERE o.is_on_sale
        )
        SELECT m.id AS "id: WatchId", m.listing_id AS "listing_id: ListingId", m.under_cents, m.at_once, e.id AS "event_id: EventId",
            e.title, v.name AS venue, v.city, v.time_zone, e.starts_at, e.cancelled_at IS NOT NULL AS "is_cancelled!",
            (SELECT min(o.price_cents) FROM offers o WHERE o.id = m.id) AS cheapest_cents
        FROM mine m JOIN events e ON e.id = m.event_id JOIN venues v ON v.id = e.venue_id
        WHERE e.starts_at > statement_timestamp()
        ORDER BY e.starts_at, e.id, m.id
        "#,
        PAYMENT_GRACE.as_seconds_f64(),
        user.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// A user's watch of an event.
pub(super) struct EventWatchRow {
    pub(super) id: WatchId,
    pub(super) under_cents: Option<i64>,
    pub(super) at_once: bool,
}

/// The watch that a user has of the event whose id ends with these digits.
pub(super) async fn of_event(
    db: impl PgExecutor<'_>,
    user: UserId,
    digits: &str,
) -> sqlx::Result<Option<EventWatchRow>> {
    sqlx::query_as!(
        EventWatchRow,
        r#"
        SELECT w.id AS "id: WatchId", w.under_cents, w.at_once
        FROM events e JOIN watches w ON w.event_id = e.id AND w.user_id = $1 WHERE right(e.id::text, 12) = $2
        "#,
        user.as_uuid(),
        digits,
    )
    .fetch_optional(db)
    .await
}
