//! SQL of what a buyer gets. Each statement names the buyer.

use model::{GiftId, ListingId, OrderId, TicketFileId, TicketId, UserId, orders::OrderEventKind};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::transaction::{EventExecutor, Transaction};

/// An order of a buyer.
pub(super) struct OrderRow {
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) listing_id: ListingId,
    pub(super) promised_until: Option<OffsetDateTime>,
    pub(super) opened_at: Option<OffsetDateTime>,
}

/// An order, as its buyer has it.
pub(super) async fn find(db: impl PgExecutor<'_>, buyer: UserId, order: OrderId) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        r#"
        SELECT o.title, o.venue, o.city,
            CASE WHEN e.title = o.title THEN e.starts_at ELSE o.starts_at END AS "starts_at!", o.time_zone, o.section, o.seat_row,
            o.listing_id AS "listing_id: ListingId", o.promised_until,
            (SELECT v.happened_at FROM order_events v WHERE v.order_id = o.id AND v.kind = 'opened') AS opened_at
        FROM orders o JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id
        WHERE o.id = $1 AND o.buyer_id = $2
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// A ticket that an order has bought, with what opens the gate.
pub(super) struct TicketRow {
    pub(super) id: TicketId,
    pub(super) seat: String,
    pub(super) is_in_hand: bool,
    pub(super) kind: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) sealed: Option<Vec<u8>>,
    /// The buyer has put it on sale again, or has sold it.
    pub(super) is_passed_on: bool,
    /// Its gift that is not taken back.
    pub(super) gift_id: Option<GiftId>,
    pub(super) gift_email: Option<String>,
    pub(super) is_given: bool,
}

/// The tickets of an order that its buyer has paid for: none of another order.
pub(super) async fn tickets(db: impl PgExecutor<'_>, buyer: UserId, order: OrderId) -> sqlx::Result<Vec<TicketRow>> {
    sqlx::query_as!(
        TicketRow,
        r#"
        SELECT t.id AS "id: TicketId", t.seat, t.is_in_hand, d.kind AS "kind?", d.key_id AS "key_id?", d.sealed AS "sealed?",
            EXISTS (
                SELECT FROM deliverables n JOIN tickets m ON m.id = n.ticket_id JOIN listings k ON k.id = m.listing_id
                WHERE n.hash = d.hash AND k.seller_id = $2 AND k.event_id = l.event_id AND m.status <> 'withdrawn'
            ) AS "is_passed_on!",
            g.id AS "gift_id?: GiftId", g.email AS gift_email, coalesce(g.status = 'accepted', false) AS "is_given!"
        FROM orders o JOIN listings l ON l.id = o.listing_id JOIN tickets t ON t.order_id = o.id
            LEFT JOIN deliverables d ON d.ticket_id = t.id
            LEFT JOIN gifts g ON g.ticket_id = t.id AND g.status IN ('offered', 'accepted')
        WHERE o.id = $1 AND o.buyer_id = $2 AND o.status IN ('complete', 'partly_refunded') AND t.status = 'sold'
        ORDER BY t.position, t.id
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// A file whose tickets an order has bought.
pub(super) struct FileRow {
    pub(super) id: TicketFileId,
    pub(super) kind: String,
    pub(super) pages: i16,
    pub(super) key_id: String,
    pub(super) sealed_key: Vec<u8>,
}

/// The files of an order that its buyer has paid for and opened: those that have a ticket of this order, and none of
/// another one, nor a code that no ticket has got. A file with tickets of two buyers would give each the other's, and a
/// seller may hand in what is left of a file for another buyer. Nor one with a code that the buyer has
/// put on sale again, or has given to another person.
pub(super) async fn files(db: impl PgExecutor<'_>, buyer: UserId, order: OrderId) -> sqlx::Result<Vec<FileRow>> {
    sqlx::query_as!(
        FileRow,
        r#"
        SELECT f.id AS "id: TicketFileId", f.kind, f.pages, f.key_id, f.sealed_key
        FROM ticket_files f
        WHERE f.id IN (
            SELECT d.file_id FROM orders o JOIN tickets t ON t.order_id = o.id JOIN deliverables d ON d.ticket_id = t.id
            WHERE o.id = $1 AND o.buyer_id = $2 AND o.status IN ('complete', 'partly_refunded') AND t.status = 'sold'
        ) AND NOT EXISTS (
            SELECT FROM deliverables d JOIN tickets t ON t.id = d.ticket_id JOIN listings l ON l.id = t.listing_id
            WHERE d.file_id = f.id AND (
                t.order_id IS DISTINCT FROM $1
                OR EXISTS (SELECT FROM gifts g WHERE g.ticket_id = t.id AND g.status = 'accepted')
                OR EXISTS (
                    SELECT FROM deliverables n JOIN tickets m ON m.id = n.ticket_id JOIN listings k ON k.id = m.listing_id
                    WHERE n.hash = d.hash AND k.seller_id = $2 AND k.event_id = l.event_id AND m.status <> 'withdrawn'
                )
            )
        ) AND NOT EXISTS (SELECT FROM found_codes c WHERE c.file_id = f.id)
        AND EXISTS (SELECT FROM order_events e WHERE e.order_id = $1 AND e.kind = 'opened')
        ORDER BY f.created_at, f.id
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// Writes an event into the timeline of an order.
pub(super) async fn note(tx: &mut Transaction<'_>, order: OrderId, kind: OrderEventKind) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO order_events (order_id, kind) VALUES ($1, $2)", order.as_uuid(), kind.code())
        .execute(&mut **tx)
        .await?;
    (&mut *tx).wrote(kind, 1);
    Ok(())
}

/// Notes that a buyer opens the tickets of an order, if they have paid for it and something of it is there. The first
/// time counts. Returns whether they may.
pub(super) async fn note_opened(tx: &mut Transaction<'_>, buyer: UserId, order: OrderId) -> sqlx::Result<bool> {
    let may = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM tickets t WHERE t.order_id = o.id AND t.is_in_hand
                AND NOT EXISTS (SELECT FROM gifts g WHERE g.ticket_id = t.id AND g.status = 'accepted')
        ) AS "has_ticket!"
        FROM orders o
        WHERE o.id = $1 AND o.buyer_id = $2 AND o.status IN ('complete', 'partly_refunded')
        FOR SHARE
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .await?;
    if may != Some(true) {
        return Ok(false);
    }
    let written = sqlx::query!(
        "INSERT INTO order_events (order_id, kind) VALUES ($1, $2) ON CONFLICT (order_id) WHERE kind = 'opened' DO NOTHING",
        order.as_uuid(),
        OrderEventKind::Opened.code(),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    (&mut *tx).wrote(OrderEventKind::Opened, written);
    Ok(true)
}
