//! SQL of what mails say of an order. It only reads.

use model::{ListingId, OrderId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// An order, as the mails tell it.
pub(super) struct OrderStory {
    pub(super) listing_id: ListingId,
    /// Whether it is paid for, and its money has not gone back.
    pub(super) is_kept: bool,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seats: Vec<String>,
    pub(super) price_cents: i64,
    pub(super) fee_cents: i64,
    pub(super) promised_until: Option<OffsetDateTime>,
    /// None for a deleted account.
    pub(super) buyer_email: Option<String>,
    pub(super) seller_email: Option<String>,
}

pub(super) async fn story(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<Option<OrderStory>> {
    sqlx::query_as!(
        OrderStory,
        r#"
        SELECT o.listing_id AS "listing_id: ListingId", o.status IN ('complete', 'partly_refunded') AS "is_kept!", o.title, o.venue, o.city,
            CASE WHEN e.title = o.title THEN e.starts_at ELSE o.starts_at END AS "starts_at!", o.time_zone, o.section, o.seat_row, o.seats,
            o.price_cents, o.fee_cents, o.promised_until, b.email AS buyer_email, s.email AS seller_email
        FROM orders o JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id
            JOIN users b ON b.id = o.buyer_id JOIN users s ON s.id = l.seller_id
        WHERE o.id = $1
        "#,
        order.as_uuid(),
    )
    .fetch_optional(db)
    .await
}
