//! SQL of cancelling and moving an event.

use jiff::civil;
use model::{EventId, ListingId, OrderId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::store::primitive;

/// An event whose row lock is held.
pub(super) struct LockedEvent {
    pub(super) id: EventId,
    pub(super) title: String,
    pub(super) city: String,
    pub(super) time_zone: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) is_cancelled: bool,
    pub(super) now: OffsetDateTime,
}

/// Takes the row locks of the event whose id ends with these digits and of its listings until the end of the transaction.
/// They exclude every change of the listings and of their tickets, and new listings for the event.
///
/// An edit takes its listing first and then its event, and so does this. A listing that is made meanwhile is locked
/// afterwards.
pub(super) async fn lock(tx: &mut PgConnection, digits: &str) -> sqlx::Result<Option<(LockedEvent, Vec<ListingId>)>> {
    lock_listings(tx, digits).await?;
    let event = sqlx::query_as!(
        LockedEvent,
        r#"
        SELECT e.id AS "id: EventId", e.title, v.city, v.time_zone, e.starts_at, e.cancelled_at IS NOT NULL AS "is_cancelled!",
            clock_timestamp() AS "now!"
        FROM events e JOIN venues v ON v.id = e.venue_id WHERE right(e.id::text, 12) = $1 FOR UPDATE OF e
        "#,
        digits,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(event) = event else { return Ok(None) };
    Ok(Some((event, lock_listings(tx, digits).await?)))
}

async fn lock_listings(tx: &mut PgConnection, digits: &str) -> sqlx::Result<Vec<ListingId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: ListingId" FROM listings
        WHERE event_id = (SELECT id FROM events WHERE right(id::text, 12) = $1) ORDER BY id FOR NO KEY UPDATE
        "#,
        digits,
    )
    .fetch_all(tx)
    .await
}

/// Cancels an event, under its row lock and those of its listings: from now on nothing of it is for sale, every hold of
/// its tickets has ended, and no one waits for them.
pub(super) async fn cancel(tx: &mut PgConnection, event: EventId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE events SET cancelled_at = clock_timestamp() WHERE id = $1", event.as_uuid())
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "
        WITH called_off AS (
            SELECT l.id, e.sale_ends_at, e.cancelled_at FROM events e JOIN listings l ON l.event_id = e.id WHERE e.id = $1
        ), left_waitlists AS (
            DELETE FROM waitlist_entries w USING called_off c WHERE w.listing_id = c.id
        ), without_waitlists AS (
            UPDATE listings l SET waiting = 0 FROM called_off c WHERE l.id = c.id AND l.waiting > 0
        )
        UPDATE tickets t SET starts_at = c.sale_ends_at, held_until = CASE WHEN t.held_until > c.cancelled_at THEN c.cancelled_at ELSE t.held_until END
        FROM called_off c WHERE t.listing_id = c.id
        ",
        event.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The orders that have bought tickets for an event and may not have got all of their money back.
pub(super) async fn sales(tx: &mut PgConnection, event: EventId) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT o.id AS "id: OrderId" FROM listings l JOIN orders o ON o.listing_id = l.id
        WHERE l.event_id = $1 AND o.status IN ('complete', 'partly_refunded', 'refund_pending') ORDER BY o.id
        "#,
        event.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Moves an event to another start, under its row lock and those of its listings. Their versions grow, so that no buyer
/// locks tickets for a time that they have not seen.
pub(super) async fn reschedule(
    tx: &mut PgConnection,
    event: EventId,
    local: civil::DateTime,
    is_second_hour: bool,
    at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH noted AS (
            INSERT INTO event_moves (event_id, starts_at) SELECT id, starts_at FROM events WHERE id = $1
        )
        UPDATE events SET starts_local = $2, is_second_hour = $3, starts_at = $4 WHERE id = $1
        ",
        event.as_uuid(),
        primitive(local),
        is_second_hour,
        at,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "
        WITH moved AS (
            UPDATE listings SET version = version + 1 WHERE event_id = $1 RETURNING id, version
        ), falling AS (
            UPDATE price_schedules s SET listing_version = m.version FROM moved m
            WHERE s.listing_id = m.id AND s.listing_version = m.version - 1
        ), watched AS (
            UPDATE watches w SET starts_at = $2
            WHERE w.event_id = $1 OR w.listing_id IN (SELECT id FROM listings WHERE event_id = $1)
        ), promised AS (
            UPDATE orders o SET promised_until = promised_until($2, o.created_at) FROM listings l
            WHERE l.event_id = $1 AND o.listing_id = l.id AND o.promised_until IS NOT NULL
        )
        UPDATE tickets t SET starts_at = $2 FROM listings l WHERE l.event_id = $1 AND t.listing_id = l.id
        ",
        event.as_uuid(),
        at,
    )
    .execute(tx)
    .await?;
    Ok(())
}
