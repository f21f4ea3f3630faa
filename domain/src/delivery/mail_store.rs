//! SQL of what mails say of an order. It only reads.

use model::{ListingId, OrderId, UserId, orders::OrderStatus};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// An order, as the mails tell it.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent answer")]
pub(super) struct OrderStory {
    pub(super) listing_id: ListingId,
    pub(super) buyer_id: UserId,
    pub(super) status: OrderStatus,
    /// Whether the waitlist offered it.
    pub(super) from_waitlist: bool,
    /// Whether a payment was begun.
    pub(super) has_payment: bool,
    /// The end of its lock, if its tickets are still held.
    pub(super) held_until: Option<OffsetDateTime>,
    /// How long ago it ended, in seconds. None for an open order.
    pub(super) ended_s: Option<f64>,
    /// Whether its event is cancelled, or has started.
    pub(super) is_over: bool,
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
        SELECT o.listing_id AS "listing_id: ListingId", o.buyer_id AS "buyer_id: UserId", o.status AS "status: OrderStatus", o.from_waitlist,
            EXISTS (SELECT FROM payments p WHERE p.order_id = o.id) AS "has_payment!",
            (SELECT min(t.held_until) FROM tickets t WHERE t.order_id = o.id AND t.held_until > clock_timestamp()) AS held_until,
            extract(epoch FROM clock_timestamp() - o.ended_at)::float8 AS ended_s,
            (e.cancelled_at IS NOT NULL OR e.starts_at <= clock_timestamp()) AS "is_over!",
            o.status IN ('complete', 'partly_refunded') AS "is_kept!", o.title, o.venue, o.city,
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
