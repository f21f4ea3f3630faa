//! SQL of gifts.

use model::{GiftId, ListingId, OrderId, TicketFileId, TicketId, UserId};
use serde::Serialize;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::delivery::open_store::FileRow;

/// A ticket that its buyer wants to give.
pub(super) struct GivableRow {
    /// Whether it can be given now: it is paid for, in hand, not over, and no bank questions its payment.
    pub(super) is_givable: bool,
    /// Whether there is a gift of it that is not taken back.
    pub(super) is_given: bool,
    /// How often it was offered.
    pub(super) offers: i64,
    pub(super) buyer_email: Option<String>,
}

/// A ticket of an order of this buyer.
pub(super) async fn givable(
    db: impl PgExecutor<'_>,
    buyer: UserId,
    order: OrderId,
    ticket: TicketId,
) -> sqlx::Result<Option<GivableRow>> {
    sqlx::query_as!(
        GivableRow,
        r#"
        SELECT o.status IN ('complete', 'partly_refunded') AND t.status = 'sold' AND t.is_in_hand
                AND e.starts_at + make_interval(hours => $4) > statement_timestamp()
                AND NOT EXISTS (
                    SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id
                    WHERE p.order_id = o.id AND d.status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review')
                ) AS "is_givable!",
            EXISTS (SELECT FROM gifts g WHERE g.ticket_id = t.id AND g.status IN ('offered', 'accepted')) AS "is_given!",
            (SELECT count(*) FROM gifts g WHERE g.ticket_id = t.id) AS "offers!",
            u.email AS buyer_email
        FROM orders o JOIN tickets t ON t.order_id = o.id JOIN listings l ON l.id = t.listing_id JOIN events e ON e.id = l.event_id
            JOIN users u ON u.id = o.buyer_id
        WHERE o.id = $1 AND o.buyer_id = $2 AND t.id = $3
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
        ticket.as_uuid(),
        crate::tickets::event_time::OVER_AFTER_HOURS,
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn insert(
    tx: &mut PgConnection,
    id: GiftId,
    (ticket, order, giver): (TicketId, OrderId, UserId),
    (email, email_key): (&str, &str),
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO gifts (id, ticket_id, order_id, giver_id, email, email_key) VALUES ($1, $2, $3, $4, $5, $6)",
        id.as_uuid(),
        ticket.as_uuid(),
        order.as_uuid(),
        giver.as_uuid(),
        email,
        email_key,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A gift, for its two sides.
pub(super) struct GiftRow {
    pub(super) id: GiftId,
    pub(super) ticket_id: TicketId,
    pub(super) order_id: OrderId,
    pub(super) giver_id: UserId,
    pub(super) giver_email: Option<String>,
    pub(super) email: Option<String>,
    pub(super) is_accepted: bool,
    pub(super) is_taken_back: bool,
    pub(super) opened_at: Option<OffsetDateTime>,
    /// Whether it is paid for, and its money has not gone back.
    pub(super) is_kept: bool,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seat: String,
    pub(super) listing_id: ListingId,
}

/// Which gift, and for whom.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    /// The gift, for jobs.
    Anyone,
    /// One that this user gives.
    Giver(UserId),
    /// One that was offered to this address, or accepted by this user.
    Recipient(UserId, &'a str),
}

pub(super) async fn find(db: impl PgExecutor<'_>, gift: GiftId, whose: Whose<'_>) -> sqlx::Result<Option<GiftRow>> {
    let (giver, recipient, key) = match whose {
        Whose::Anyone => (None, None, None),
        Whose::Giver(user) => (Some(user.as_uuid()), None, None),
        Whose::Recipient(user, key) => (None, Some(user.as_uuid()), Some(key)),
    };
    sqlx::query_as!(
        GiftRow,
        r#"
        SELECT g.id AS "id: GiftId", g.ticket_id AS "ticket_id: TicketId", g.order_id AS "order_id: OrderId",
            g.giver_id AS "giver_id: UserId", u.email AS giver_email, g.email,
            g.status = 'accepted' AS "is_accepted!", g.status = 'taken_back' AS "is_taken_back!", g.opened_at,
            o.status IN ('complete', 'partly_refunded') AND t.status = 'sold' AND t.order_id = o.id AS "is_kept!",
            o.title, o.venue, o.city, CASE WHEN e.title = o.title THEN e.starts_at ELSE o.starts_at END AS "starts_at!",
            o.time_zone, o.section, o.seat_row, t.seat, o.listing_id AS "listing_id: ListingId"
        FROM gifts g JOIN orders o ON o.id = g.order_id JOIN tickets t ON t.id = g.ticket_id
            JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id JOIN users u ON u.id = g.giver_id
        WHERE g.id = $1 AND ($2::uuid IS NULL OR g.giver_id = $2)
            AND ($3::uuid IS NULL OR g.recipient_id = $3 OR g.status = 'offered' AND lower(g.email_key) = lower($4))
        "#,
        gift.as_uuid(),
        giver,
        recipient,
        key,
    )
    .fetch_optional(db)
    .await
}

/// Gifts that a user has accepted, and those that wait at their address, of events that are not over: soonest first.
pub(super) async fn received(db: impl PgExecutor<'_>, user: UserId, key: &str) -> sqlx::Result<Vec<GiftRow>> {
    sqlx::query_as!(
        GiftRow,
        r#"
        SELECT g.id AS "id: GiftId", g.ticket_id AS "ticket_id: TicketId", g.order_id AS "order_id: OrderId",
            g.giver_id AS "giver_id: UserId", u.email AS giver_email, g.email,
            g.status = 'accepted' AS "is_accepted!", false AS "is_taken_back!", g.opened_at, true AS "is_kept!",
            o.title, o.venue, o.city, CASE WHEN e.title = o.title THEN e.starts_at ELSE o.starts_at END AS "starts_at!",
            o.time_zone, o.section, o.seat_row, t.seat, o.listing_id AS "listing_id: ListingId"
        FROM gifts g JOIN orders o ON o.id = g.order_id JOIN tickets t ON t.id = g.ticket_id AND t.order_id = o.id
            JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id JOIN users u ON u.id = g.giver_id
        WHERE g.id IN (
            SELECT id FROM gifts WHERE recipient_id = $1
            UNION ALL
            SELECT id FROM gifts WHERE status = 'offered' AND lower(email_key) = lower($2)
        ) AND o.status IN ('complete', 'partly_refunded') AND t.status = 'sold'
            AND e.starts_at + make_interval(hours => $3) > statement_timestamp()
        ORDER BY e.starts_at, g.id
        LIMIT 50
        "#,
        user.as_uuid(),
        key,
        crate::tickets::event_time::OVER_AFTER_HOURS,
    )
    .fetch_all(db)
    .await
}

/// Takes back a gift that is not accepted. Returns whether it was there.
pub(super) async fn take_back(tx: &mut PgConnection, gift: GiftId) -> sqlx::Result<bool> {
    let changed =
        sqlx::query!("UPDATE gifts SET status = 'taken_back' WHERE id = $1 AND status = 'offered'", gift.as_uuid())
            .execute(tx)
            .await?;
    Ok(changed.rows_affected() == 1)
}

/// Stores that a gift that was offered is accepted. Returns whether it was.
pub(super) async fn accept(tx: &mut PgConnection, gift: GiftId, recipient: UserId) -> sqlx::Result<bool> {
    let changed = sqlx::query!(
        "
        UPDATE gifts SET status = 'accepted', recipient_id = $2, accepted_at = clock_timestamp()
        WHERE id = $1 AND status = 'offered'
        ",
        gift.as_uuid(),
        recipient.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Stores that the recipient opens a gift. Returns whether it is the first time.
pub(super) async fn note_opened(tx: &mut PgConnection, gift: GiftId) -> sqlx::Result<bool> {
    let changed = sqlx::query!(
        "UPDATE gifts SET opened_at = clock_timestamp() WHERE id = $1 AND status = 'accepted' AND opened_at IS NULL",
        gift.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// What opens the gate for a ticket.
pub(super) struct CodeRow {
    pub(super) kind: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) sealed: Option<Vec<u8>>,
    /// The recipient has put it on sale.
    pub(super) is_passed_on: bool,
}

/// What a gift brings its recipient, who has opened it.
pub(super) async fn code(db: impl PgExecutor<'_>, gift: GiftId, recipient: UserId) -> sqlx::Result<Option<CodeRow>> {
    sqlx::query_as!(
        CodeRow,
        r#"
        SELECT d.kind, d.key_id, d.sealed,
            EXISTS (
                SELECT FROM deliverables n JOIN tickets m ON m.id = n.ticket_id JOIN listings k ON k.id = m.listing_id
                WHERE n.hash = d.hash AND k.seller_id = $2 AND k.event_id = l.event_id AND m.status <> 'withdrawn'
            ) AS "is_passed_on!"
        FROM gifts g JOIN orders o ON o.id = g.order_id JOIN tickets t ON t.id = g.ticket_id AND t.order_id = o.id
            JOIN listings l ON l.id = t.listing_id JOIN deliverables d ON d.ticket_id = t.id
        WHERE g.id = $1 AND g.recipient_id = $2 AND g.opened_at IS NOT NULL
            AND o.status IN ('complete', 'partly_refunded') AND t.status = 'sold'
        "#,
        gift.as_uuid(),
        recipient.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// The file of a gift, if its recipient has opened it and nothing else is in the file: no ticket of another person, no
/// code that no ticket has got.
pub(super) async fn file(db: impl PgExecutor<'_>, gift: GiftId, recipient: UserId) -> sqlx::Result<Option<FileRow>> {
    sqlx::query_as!(
        FileRow,
        r#"
        SELECT f.id AS "id: TicketFileId", f.kind, f.pages, f.key_id, f.sealed_key
        FROM gifts g JOIN orders o ON o.id = g.order_id JOIN tickets t ON t.id = g.ticket_id AND t.order_id = o.id
            JOIN listings l ON l.id = t.listing_id JOIN deliverables d ON d.ticket_id = t.id JOIN ticket_files f ON f.id = d.file_id
        WHERE g.id = $1 AND g.recipient_id = $2 AND g.opened_at IS NOT NULL
            AND o.status IN ('complete', 'partly_refunded') AND t.status = 'sold'
            AND NOT EXISTS (SELECT FROM deliverables s WHERE s.file_id = f.id AND s.ticket_id <> t.id)
            AND NOT EXISTS (SELECT FROM found_codes c WHERE c.file_id = f.id)
            AND NOT EXISTS (
                SELECT FROM deliverables n JOIN tickets m ON m.id = n.ticket_id JOIN listings k ON k.id = m.listing_id
                WHERE n.hash = d.hash AND k.seller_id = $2 AND k.event_id = l.event_id AND m.status <> 'withdrawn'
            )
        "#,
        gift.as_uuid(),
        recipient.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// A gift, for the export of an account.
#[derive(Debug, Serialize)]
pub(crate) struct ExportedGift {
    order_id: OrderId,
    ticket_id: TicketId,
    /// Whether the user gave it; otherwise they got it.
    is_given: bool,
    /// Where the user sent it.
    email: Option<String>,
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    offered_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    accepted_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    opened_at: Option<OffsetDateTime>,
}

/// The gifts of a user, given and accepted, newest first.
pub(crate) async fn of_user(db: impl PgExecutor<'_>, user: UserId, limit: i64) -> sqlx::Result<Vec<ExportedGift>> {
    sqlx::query_as!(
        ExportedGift,
        r#"
        SELECT order_id AS "order_id: OrderId", ticket_id AS "ticket_id: TicketId", giver_id = $1 AS "is_given!",
            CASE WHEN giver_id = $1 THEN email END AS email, status, offered_at, accepted_at, opened_at
        FROM gifts WHERE giver_id = $1 OR recipient_id = $1 ORDER BY offered_at DESC, id LIMIT $2
        "#,
        user.as_uuid(),
        limit,
    )
    .fetch_all(db)
    .await
}

/// Takes back what a user offers and erases the addresses of their gifts.
pub(crate) async fn erase(tx: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE gifts SET email = NULL, email_key = NULL, status = CASE WHEN status = 'offered' THEN 'taken_back' ELSE status END
        WHERE giver_id = $1 OR recipient_id = $1
        ",
        user.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
