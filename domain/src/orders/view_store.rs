//! SQL of what pages show of orders. It only reads.

use model::{
    EventId, ListingId, OrderId, TicketId, UserId,
    orders::{OrderEventKind, OrderStatus},
    tickets::SplitRule,
};
use serde::Deserialize;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;

use super::disputed::DisputedRow;
use crate::{
    payments::PaymentStatus,
    tickets::{event_time, state::TicketRow},
};

/// An order with its tickets as they were when they were locked.
pub(crate) struct OrderViewRow {
    pub(super) part: Part,
    pub(super) id: OrderId,
    pub(super) status: OrderStatus,
    pub(super) price_cents: i64,
    pub(super) fee_cents: i64,
    /// The price of one ticket, and the listing's version and its tickets when they were locked.
    pub(super) ticket_price_cents: i64,
    pub(super) listing_version: i32,
    pub(super) ticket_ids: Vec<TicketId>,
    pub(super) created_at: OffsetDateTime,
    /// When its lock ends, or ended.
    pub(super) lock_end: OffsetDateTime,
    pub(super) now: OffsetDateTime,
    pub(super) listing_id: ListingId,
    /// Its event, unless the listing is for another one now.
    pub(super) event_id: Option<EventId>,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seats: Vec<String>,
    /// The listing's version now, how its tickets may be split, and whether it has a waitlist.
    pub(super) version_now: i32,
    pub(super) split: SplitRule,
    pub(super) waiting: i32,
    /// When the listing's event starts, and whether it is cancelled.
    pub(super) listing_starts_at: OffsetDateTime,
    pub(super) is_cancelled: bool,
    /// The tickets of the listing as they are now; none for an order that has bought its tickets.
    pub(super) tickets_now: Option<Json<Vec<TicketRow>>>,
    /// Whether an attempt is open, so that the buyer may have its card form.
    pub(super) may_still_pay: bool,
    pub(super) ended_by_declines: bool,
    pub(super) declined_attempts: i64,
    pub(super) refund: Option<PaymentStatus>,
    pub(super) refunded_cents: i64,
    pub(super) wrong_amount_cents: Option<i64>,
    pub(super) dispute: Option<Json<DisputedRow>>,
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

/// The three parts of a buyer's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Part {
    /// Its lock stands, or its payment is not decided yet.
    Open,
    /// Bought, and the event is not over.
    Upcoming,
    /// Everything else.
    Ended,
}

impl Part {
    fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upcoming => "upcoming",
            Self::Ended => "ended",
        }
    }
}

/// Which orders of a buyer to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection {
    /// Only the one with this id.
    pub(crate) only: Option<OrderId>,
    /// Only those of this part.
    pub(crate) part: Option<Part>,
    /// Only those after this one in the order of their part.
    pub(crate) after: Option<OrderId>,
    /// How many ended orders.
    pub(crate) ended: i64,
    /// How many open ones, and how many upcoming ones.
    pub(crate) others: i64,
    /// How many events of each timeline.
    pub(crate) events: i64,
}

/// The selected orders of a buyer, part by part: upcoming ones soonest event first, by when it starts now, the others newest first.
///
/// It reads all orders of the buyer by their index, because an event that comes soon can be that of an old order.
pub(crate) async fn of_buyer(
    db: impl PgExecutor<'_>,
    buyer: UserId,
    selection: Selection,
) -> sqlx::Result<Vec<OrderViewRow>> {
    let Selection { only, part, after, ended, others, events } = selection;
    sqlx::query_as!(
        OrderViewRow,
        r#"
        SELECT o.part AS "part!: Part", o.id AS "id: OrderId", o.status AS "status: OrderStatus", o.price_cents, o.fee_cents, o.ticket_price_cents, o.listing_version,
            o.ticket_ids AS "ticket_ids: Vec<TicketId>", o.created_at,
            coalesce(o.lock_end, o.held_until, o.created_at) AS "lock_end!", now() AS "now!",
            o.listing_id AS "listing_id: ListingId",
            CASE WHEN e.title = o.title AND (
                e.starts_at = o.starts_at OR EXISTS (SELECT FROM event_moves m WHERE m.event_id = e.id AND m.starts_at = o.starts_at)
            ) THEN e.id END AS "event_id: EventId", o.title, o.venue, o.city, o.starts_at, o.time_zone, o.section, o.seat_row, o.seats,
            l.version AS version_now, l.split AS "split: SplitRule", l.waiting, e.starts_at AS listing_starts_at, e.cancelled_at IS NOT NULL AS "is_cancelled!",
            CASE WHEN o.status IN ('created', 'awaiting_payment', 'cancelled', 'expired') THEN
                (SELECT a.tickets FROM listing_tickets a WHERE a.listing_id = o.listing_id)
            END AS "tickets_now: Json<Vec<TicketRow>>",
            o.may_still_pay AS "may_still_pay!",
            EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = $7) AS "ended_by_declines!",
            (SELECT count(*) FROM payments p WHERE p.order_id = o.id AND p.status = 'declined') AS "declined_attempts!",
            (
                SELECT p.status FROM payments p
                WHERE p.order_id = o.id AND p.status IN ('refunding', 'part_refunding', 'refund_failed', 'part_refund_failed', 'refunded')
                ORDER BY p.status IN ('refund_failed', 'part_refund_failed') DESC, p.status IN ('refunding', 'part_refunding') DESC
                LIMIT 1
            ) AS "refund: PaymentStatus",
            (
                SELECT coalesce(sum(r.amount_cents), 0)::bigint FROM payments p JOIN refunds r ON r.payment_id = p.id
                WHERE p.order_id = o.id AND r.status = 'succeeded'
            ) AS "refunded_cents!",
            (SELECT p.received_cents FROM payments p WHERE p.order_id = o.id AND p.status = 'wrong_amount' LIMIT 1) AS wrong_amount_cents,
            (
                SELECT jsonb_build_object('status', d.status, 'amount_cents', d.amount_cents, 'evidence_due_at', d.evidence_due_at)
                FROM payments p JOIN disputes d ON d.payment_id = p.id WHERE p.order_id = o.id
                ORDER BY d.closed_at IS NULL DESC, d.opened_at DESC, d.id LIMIT 1
            ) AS "dispute: Json<DisputedRow>",
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'attempt', n.attempt, 'happened_at', n.happened_at) ORDER BY n.id), '[]')
                FROM (SELECT * FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT $8) n
            ) AS "timeline!: Json<Vec<TimelineRow>>"
        FROM (
            SELECT s.*, row_number() OVER (PARTITION BY s.part ORDER BY CASE s.part WHEN 'upcoming' THEN s.event_start END, s.id DESC) AS position
            FROM (
                SELECT o.*, h.held_until, h.may_still_pay, h.event_start, CASE
                    WHEN o.status IN ('complete', 'partly_refunded') AND h.event_start > now() - make_interval(hours => $9) THEN 'upcoming'
                    WHEN o.status IN ('created', 'awaiting_payment') AND h.held_until > now() THEN 'open'
                    WHEN o.status IN ('created', 'awaiting_payment', 'expired') AND h.may_still_pay THEN 'open'
                    ELSE 'ended'
                END AS part
                FROM orders o
                CROSS JOIN LATERAL (
                    SELECT
                        CASE WHEN o.status IN ('created', 'awaiting_payment') THEN (SELECT t.held_until FROM tickets t WHERE t.order_id = o.id LIMIT 1) END,
                        o.status IN ('created', 'awaiting_payment', 'expired')
                            AND EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('open', 'capturing')),
                        CASE WHEN o.status IN ('complete', 'partly_refunded') THEN coalesce((
                            SELECT e.starts_at FROM event_moves m JOIN events e ON e.id = m.event_id JOIN listings l ON l.event_id = e.id
                            WHERE m.starts_at = o.starts_at AND l.id = o.listing_id LIMIT 1
                        ), o.starts_at) END
                ) h (held_until, may_still_pay, event_start)
                WHERE o.buyer_id = $1
                    AND o.id BETWEEN coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
                        AND coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            ) s
            WHERE ($3::text IS NULL OR s.part = $3) AND (
                $4::uuid IS NULL OR CASE s.part
                    WHEN 'upcoming' THEN (
                        SELECT s.event_start > e.starts_at OR s.event_start = e.starts_at AND s.id < c.id
                        FROM orders c JOIN listings l ON l.id = c.listing_id JOIN events e ON e.id = l.event_id WHERE c.id = $4 AND c.buyer_id = $1
                    )
                    ELSE s.id < $4
                END
            )
        ) o
        JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id
        WHERE o.position <= CASE o.part WHEN 'ended' THEN $5::bigint ELSE $6::bigint END
        ORDER BY o.part, o.position
        "#,
        buyer.as_uuid(),
        only.map(OrderId::as_uuid),
        part.map(Part::code),
        after.map(OrderId::as_uuid),
        ended,
        others,
        OrderEventKind::CancelledAfterDeclines.code(),
        events,
        event_time::OVER_AFTER_HOURS,
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
    pub(super) fee_cents: i64,
    pub(super) refunded_cents: i64,
    pub(super) dispute: Option<DisputedRow>,
    /// The newest events, oldest first.
    pub(super) timeline: Vec<TimelineRow>,
}

/// The newest `limit` orders that hold tickets of a seller's listing, have bought some, or had bought some and were
/// refunded or returned, newest first. No row for any user but the seller.
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
                'section', o.section, 'seat_row', o.seat_row, 'seats', o.seats, 'price_cents', o.price_cents, 'fee_cents', o.fee_cents,
                -- Not of a payment that was not for the seller.
                'refunded_cents', (
                    SELECT coalesce(sum(r.amount_cents), 0) FROM payments p JOIN refunds r ON r.payment_id = p.id
                    WHERE p.order_id = o.id AND r.status = 'succeeded'
                        AND EXISTS (SELECT FROM ledger_entries c WHERE c.source = 'capture' AND c.source_id = p.id::text AND c.account = 'seller')
                ),
                'dispute', (
                    SELECT jsonb_build_object('status', d.status, 'amount_cents', d.amount_cents, 'evidence_due_at', d.evidence_due_at)
                    FROM payments p JOIN disputes d ON d.payment_id = p.id
                    WHERE p.order_id = o.id
                        AND EXISTS (SELECT FROM ledger_entries c WHERE c.source = 'capture' AND c.source_id = p.id::text AND c.account = 'seller')
                    ORDER BY d.closed_at IS NULL DESC, d.opened_at DESC, d.id LIMIT 1
                ),
                'timeline', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'attempt', n.attempt, 'happened_at', n.happened_at) ORDER BY n.id), '[]')
                    FROM (SELECT * FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT $4) n
                )
            ) AS sold
            FROM (
                SELECT t.order_id FROM tickets t WHERE t.listing_id = l.id AND (t.status = 'sold' OR t.held_until > now())
                UNION
                SELECT r.id FROM orders r WHERE r.listing_id = l.id AND r.returned_at IS NOT NULL
            ) t
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
