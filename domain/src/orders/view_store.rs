//! SQL of what pages show of orders. It only reads.

use model::{
    OrderId, TicketId, UserId,
    orders::{OrderEventKind, OrderStatus},
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::payments::PaymentStatus;

/// An order with its ticket.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent answer")]
pub(super) struct OrderViewRow {
    pub(super) id: OrderId,
    pub(super) status: OrderStatus,
    pub(super) price_cents: i64,
    pub(super) created_at: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
    pub(super) now: OffsetDateTime,
    pub(super) ticket_id: TicketId,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seat: String,
    /// Whether the ticket is listed and its event has not started. A sold ticket is not listed.
    pub(super) ticket_is_offered: bool,
    /// Whether an order holds the ticket, or it has a waitlist.
    pub(super) ticket_is_held: bool,
    /// Whether an attempt is open, so that the buyer may have its card form.
    pub(super) may_still_pay: bool,
    pub(super) ended_by_declines: bool,
    pub(super) declined_attempts: i64,
    pub(super) refund: Option<PaymentStatus>,
}

/// Up to `limit` orders of a buyer, newest first: the one with an id, or those after a position in the
/// list.
pub(super) async fn of_buyer(
    db: impl PgExecutor<'_>,
    buyer: UserId,
    only: Option<OrderId>,
    after: Option<OrderId>,
    limit: i64,
) -> sqlx::Result<Vec<OrderViewRow>> {
    sqlx::query_as!(
        OrderViewRow,
        r#"
        SELECT o.id AS "id: OrderId", o.status AS "status: OrderStatus", o.price_cents, o.created_at, o.expires_at, now() AS "now!",
            t.id AS "ticket_id: TicketId", t.title, t.venue, t.city, t.starts_at, t.time_zone, t.section, t.seat_row, t.seat,
            t.status = 'listed' AND t.starts_at > now() AS "ticket_is_offered!",
            EXISTS (
                SELECT FROM orders h
                WHERE h.ticket_id = t.id
                    AND (h.status IN ('complete', 'refund_pending') OR h.status IN ('created', 'awaiting_payment') AND h.expires_at > now())
            ) OR EXISTS (SELECT FROM waitlist_entries l WHERE l.ticket_id = t.id) AS "ticket_is_held!",
            EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('open', 'capturing')) AS "may_still_pay!",
            EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = $5) AS "ended_by_declines!",
            (SELECT count(*) FROM payments p WHERE p.order_id = o.id AND p.status = 'declined') AS "declined_attempts!",
            (
                SELECT p.status FROM payments p
                WHERE p.order_id = o.id AND p.status IN ('refunding', 'refund_failed', 'refunded')
                ORDER BY p.status = 'refund_failed' DESC, p.status = 'refunding' DESC
                LIMIT 1
            ) AS "refund: PaymentStatus"
        FROM orders o JOIN tickets t ON t.id = o.ticket_id
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
    )
    .fetch_all(db)
    .await
}

/// One event of a timeline.
pub(super) struct TimelineRow {
    pub(super) kind: OrderEventKind,
    pub(super) attempt: Option<i32>,
    pub(super) happened_at: OffsetDateTime,
}

/// The newest `limit` events of an order's timeline, newest first.
pub(super) async fn timeline(db: impl PgExecutor<'_>, order: OrderId, limit: i64) -> sqlx::Result<Vec<TimelineRow>> {
    sqlx::query_as!(
        TimelineRow,
        r#"
        SELECT kind AS "kind: OrderEventKind", attempt, happened_at FROM order_events
        WHERE order_id = $1 ORDER BY id DESC LIMIT $2
        "#,
        order.as_uuid(),
        limit,
    )
    .fetch_all(db)
    .await
}

/// A seller's listing, with the newest order that holds it, has bought it, or had bought it and was
/// refunded.
pub(super) struct Sale {
    pub(super) title: String,
    pub(super) order: Option<OrderId>,
}

/// Returns `None` for any user but the ticket's seller.
pub(super) async fn sale(db: impl PgExecutor<'_>, seller: UserId, ticket: TicketId) -> sqlx::Result<Option<Sale>> {
    sqlx::query_as!(
        Sale,
        r#"
        SELECT t.title, (
            SELECT o.id FROM orders o
            WHERE o.ticket_id = t.id
                AND (o.status IN ('complete', 'refund_pending', 'refunded') OR o.status IN ('created', 'awaiting_payment') AND o.expires_at > now())
            ORDER BY o.id DESC
            LIMIT 1
        ) AS "order: OrderId"
        FROM tickets t WHERE t.id = $1 AND t.seller_id = $2
        "#,
        ticket.as_uuid(),
        seller.as_uuid(),
    )
    .fetch_optional(db)
    .await
}
