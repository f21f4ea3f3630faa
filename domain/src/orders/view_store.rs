//! SQL of what pages show of orders. It only reads.

use model::{
    ListingId, OrderId, UserId,
    orders::{OrderEventKind, OrderStatus},
    tickets::SplitRule,
};
use serde::Deserialize;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;

use crate::{payments::PaymentStatus, tickets::state::TicketRow};

/// An order with its tickets as they were when they were locked.
pub(super) struct OrderViewRow {
    pub(super) id: OrderId,
    pub(super) status: OrderStatus,
    pub(super) price_cents: i64,
    pub(super) created_at: OffsetDateTime,
    /// When its lock ends, or ended.
    pub(super) lock_end: OffsetDateTime,
    pub(super) now: OffsetDateTime,
    pub(super) listing_id: ListingId,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seats: Vec<String>,
    /// How the listing's tickets may be split now, and whether it has a waitlist.
    pub(super) split: SplitRule,
    pub(super) waiting: i32,
    /// When the listing's event starts.
    pub(super) listing_starts_at: OffsetDateTime,
    /// The tickets of the listing as they are now; none for an order that has bought its tickets.
    pub(super) tickets_now: Option<Json<Vec<TicketRow>>>,
    /// Whether an attempt is open, so that the buyer may have its card form.
    pub(super) may_still_pay: bool,
    pub(super) ended_by_declines: bool,
    pub(super) declined_attempts: i64,
    pub(super) refund: Option<PaymentStatus>,
    /// The newest events, oldest first.
    pub(super) timeline: Json<Vec<TimelineRow>>,
}

/// One event of a timeline.
#[derive(Deserialize)]
pub(super) struct TimelineRow {
    pub(super) kind: OrderEventKind,
    pub(super) attempt: Option<i32>,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) happened_at: OffsetDateTime,
}

/// Which orders of a buyer to read.
#[derive(Clone, Copy)]
pub(super) struct Selection {
    pub(super) buyer: UserId,
    /// Only the one with this id.
    pub(super) only: Option<OrderId>,
    /// Only those after this position in the list.
    pub(super) after: Option<OrderId>,
    pub(super) limit: i64,
    /// How many events of each timeline.
    pub(super) events: i64,
}

/// The selected orders, newest first.
pub(super) async fn of_buyer(db: impl PgExecutor<'_>, selection: Selection) -> sqlx::Result<Vec<OrderViewRow>> {
    let Selection { buyer, only, after, limit, events } = selection;
    sqlx::query_as!(
        OrderViewRow,
        r#"
        SELECT o.id AS "id: OrderId", o.status AS "status: OrderStatus", o.price_cents, o.created_at,
            coalesce(o.lock_end, h.held_until, o.created_at) AS "lock_end!", now() AS "now!",
            o.listing_id AS "listing_id: ListingId", o.title, o.venue, o.city, o.starts_at, o.time_zone, o.section, o.seat_row, o.seats,
            l.split AS "split: SplitRule", l.waiting, e.starts_at AS listing_starts_at,
            CASE WHEN o.status IN ('created', 'awaiting_payment', 'cancelled', 'expired') THEN
                (SELECT a.tickets FROM listing_tickets a WHERE a.listing_id = o.listing_id)
            END AS "tickets_now: Json<Vec<TicketRow>>",
            EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('open', 'capturing')) AS "may_still_pay!",
            EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = $5) AS "ended_by_declines!",
            (SELECT count(*) FROM payments p WHERE p.order_id = o.id AND p.status = 'declined') AS "declined_attempts!",
            (
                SELECT p.status FROM payments p
                WHERE p.order_id = o.id AND p.status IN ('refunding', 'refund_failed', 'refunded')
                ORDER BY p.status = 'refund_failed' DESC, p.status = 'refunding' DESC
                LIMIT 1
            ) AS "refund: PaymentStatus",
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'attempt', n.attempt, 'happened_at', n.happened_at) ORDER BY n.id), '[]')
                FROM (SELECT * FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT $6) n
            ) AS "timeline!: Json<Vec<TimelineRow>>"
        FROM orders o JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id
        CROSS JOIN LATERAL (SELECT (SELECT t.held_until FROM tickets t WHERE t.order_id = o.id LIMIT 1)) h (held_until)
        WHERE o.buyer_id = $1
            AND o.id BETWEEN coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
                AND coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            AND o.id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY o.id DESC
        LIMIT $4
        "#,
        buyer.as_uuid(),
        only.map(OrderId::as_uuid),
        after.map(OrderId::as_uuid),
        limit,
        OrderEventKind::CancelledAfterDeclines.code(),
        events,
    )
    .fetch_all(db)
    .await
}

/// An order of a listing, for its seller.
pub(super) struct SaleRow {
    pub(super) title: String,
    /// The order; `None` in the only row of a listing without one.
    pub(super) sold: Option<Json<SoldRow>>,
}

/// See [`SaleRow`].
#[derive(Deserialize)]
pub(super) struct SoldRow {
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seats: Vec<String>,
    pub(super) price_cents: i64,
    /// The newest events, oldest first.
    pub(super) timeline: Vec<TimelineRow>,
}

/// The newest `limit` orders that hold tickets of a seller's listing, have bought some, or had bought some and were
/// refunded, newest first. No row for any user but the seller.
pub(super) async fn sales(
    db: impl PgExecutor<'_>,
    seller: UserId,
    listing: ListingId,
    limit: i64,
    events: i64,
) -> sqlx::Result<Vec<SaleRow>> {
    sqlx::query_as!(
        SaleRow,
        r#"
        SELECT e.title, s.sold AS "sold: Json<SoldRow>"
        FROM listings l JOIN events e ON e.id = l.event_id
        LEFT JOIN LATERAL (
            SELECT o.id, jsonb_build_object(
                'section', o.section, 'seat_row', o.seat_row, 'seats', o.seats, 'price_cents', o.price_cents,
                'timeline', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'attempt', n.attempt, 'happened_at', n.happened_at) ORDER BY n.id), '[]')
                    FROM (SELECT * FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT $4) n
                )
            ) AS sold
            FROM (SELECT DISTINCT t.order_id FROM tickets t WHERE t.listing_id = l.id AND (t.status = 'sold' OR t.held_until > now())) t
            JOIN orders o ON o.id = t.order_id
            ORDER BY o.id DESC
            LIMIT $3
        ) AS s ON true
        WHERE l.id = $2 AND l.seller_id = $1
        ORDER BY s.id DESC
        "#,
        seller.as_uuid(),
        listing.as_uuid(),
        limit,
        events,
    )
    .fetch_all(db)
    .await
}
