//! SQL of what mails say of an event, and to whom.

use model::{EventId, OrderId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// The buyers of tickets for an event that they still have, and the sellers of those and of tickets on sale.
pub(super) async fn concerned(tx: &mut PgConnection, event: EventId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT o.buyer_id AS "id!: UserId" FROM listings l JOIN orders o ON o.listing_id = l.id
        WHERE l.event_id = $1 AND o.status IN ('complete', 'partly_refunded')
        UNION
        SELECT l.seller_id FROM listings l JOIN tickets t ON t.listing_id = l.id LEFT JOIN orders o ON o.id = t.order_id
        WHERE l.event_id = $1 AND (t.status = 'listed' OR t.status = 'sold' AND o.status IN ('complete', 'partly_refunded'))
        "#,
        event.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// An event, as a mail to a user tells it.
pub(super) struct EventStory {
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) time_zone: String,
    pub(super) starts_at: OffsetDateTime,
    /// When it started before its last move.
    pub(super) moved_from: Option<OffsetDateTime>,
    pub(super) is_cancelled: bool,
    pub(super) has_started: bool,
    /// The user's orders of it that are paid for, or whose money goes back.
    pub(super) bought: Vec<OrderId>,
    /// Whether the user has listings of it that are not withdrawn.
    pub(super) sells: bool,
    /// None for a deleted account.
    pub(super) email: Option<String>,
}

pub(super) async fn story(db: impl PgExecutor<'_>, event: EventId, user: UserId) -> sqlx::Result<Option<EventStory>> {
    sqlx::query_as!(
        EventStory,
        r#"
        SELECT e.title, v.name AS venue, v.city, v.time_zone, e.starts_at, e.cancelled_at IS NOT NULL AS "is_cancelled!",
            e.starts_at <= clock_timestamp() AS "has_started!",
            (SELECT m.starts_at FROM event_moves m WHERE m.event_id = e.id ORDER BY m.id DESC LIMIT 1) AS moved_from,
            (SELECT coalesce(array_agg(o.id), '{}') FROM listings l JOIN orders o ON o.listing_id = l.id
             WHERE l.event_id = e.id AND o.buyer_id = u.id AND o.status IN ('complete', 'partly_refunded', 'refund_pending', 'refunded')
            ) AS "bought!: Vec<OrderId>",
            EXISTS (
                SELECT FROM listings l JOIN tickets t ON t.listing_id = l.id
                WHERE l.event_id = e.id AND l.seller_id = u.id AND t.status IN ('listed', 'sold')
            ) AS "sells!",
            u.email
        FROM events e JOIN venues v ON v.id = e.venue_id CROSS JOIN users u
        WHERE e.id = $1 AND u.id = $2
        "#,
        event.as_uuid(),
        user.as_uuid(),
    )
    .fetch_optional(db)
    .await
}
