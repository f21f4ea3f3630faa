//! Orders as their buyer sees them: the SQL and the words.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::{OrderStatus, OrderTicket, OrderView};
use crate::{
    Moment, Money, OrderId, TicketId, UserId,
    backend::Rules,
    tickets::{event_time, listing},
};

/// An order with its ticket.
pub(crate) struct OrderViewRow {
    id: OrderId,
    status: OrderStatus,
    price_cents: i64,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
    ticket_id: TicketId,
    title: String,
    venue: String,
    city: String,
    starts_at: OffsetDateTime,
    time_zone: String,
    section: String,
    seat_row: String,
    seat: String,
    ticket_is_free: bool,
    declined_attempts: i64,
    is_refunding: bool,
    is_refunded: bool,
}

impl OrderViewRow {
    pub(crate) fn into_view(self, rules: &Rules) -> OrderView {
        let overdue = self.status.is_open() && self.expires_at <= self.now;
        let status = if overdue { OrderStatus::Expired } else { self.status };
        OrderView {
            id: self.id,
            status,
            ticket: OrderTicket {
                id: self.ticket_id,
                title: self.title,
                venue: self.venue,
                city: self.city,
                starts: event_time::view(self.starts_at, &self.time_zone),
                place: listing::place(&self.section, &self.seat_row, &self.seat),
            },
            price: Money::usd(self.price_cents),
            expires_at: Moment::time_of_day(self.expires_at),
            server_now_ms: Moment::time_of_day(self.now).unix_ms,
            created_at: Moment::date_and_time(self.created_at),
            ticket_is_free: self.ticket_is_free && matches!(status, OrderStatus::Cancelled | OrderStatus::Expired),
            declined_attempts: i32::try_from(self.declined_attempts).unwrap_or(i32::MAX),
            attempts_allowed: rules.payment_attempts,
            is_refunding: self.is_refunding,
            is_refunded: self.is_refunded,
        }
    }
}

/// Up to `limit` orders of a buyer, newest first: the one with an id, or those after a place in the list.
pub(crate) async fn of_buyer(
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
            t.status = 'listed' AND t.starts_at > now() AND NOT EXISTS (
                SELECT FROM orders h
                WHERE h.ticket_id = t.id
                    AND (h.status IN ('complete', 'refund_pending') OR h.status IN ('created', 'awaiting_payment') AND h.expires_at > now())
            ) AS "ticket_is_free!",
            (SELECT count(*) FROM payments p WHERE p.order_id = o.id AND p.status = 'declined') AS "declined_attempts!",
            EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'refunding') AS "is_refunding!",
            EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'refunded') AS "is_refunded!"
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
    )
    .fetch_all(db)
    .await
}
