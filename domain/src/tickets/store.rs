//! SQL of tickets.

use model::{OrderId, TicketId, UserId, orders::OrderStatus};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::listing::Listing;
use crate::database;

/// A ticket with its holder: the order that locks it or has bought it.
pub(crate) struct TicketRow {
    pub(crate) id: TicketId,
    pub(crate) seller_id: UserId,
    pub(crate) title: String,
    pub(crate) category: String,
    pub(crate) venue: String,
    pub(crate) city: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: String,
    pub(crate) section: String,
    pub(crate) seat_row: String,
    pub(crate) seat: String,
    pub(crate) price_cents: i64,
    pub(crate) version: i32,
    pub(crate) status: String,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) buyer_id: Option<UserId>,
    pub(crate) order_status: Option<OrderStatus>,
    pub(crate) expires_at: Option<OffsetDateTime>,
    /// How many users are on its waitlist.
    pub(crate) waitlist_length: i64,
    pub(crate) now: OffsetDateTime,
}

/// Inserts a ticket. Returns whether it did: not if its seller has deleted their account meanwhile.
///
/// The account's row is locked in share mode until the end of the transaction: a deletion either commits
/// before this statement or sees its row.
pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    id: TicketId,
    seller: UserId,
    listing: &Listing,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO tickets (id, seller_id, title, category, venue, city, starts_at, time_zone, section, seat_row, seat, price_cents, currency)
        SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
        FROM users WHERE id = $2 AND deleted_at IS NULL FOR KEY SHARE
        ",
        id.as_uuid(),
        seller.as_uuid(),
        listing.title,
        listing.category.code(),
        listing.venue,
        listing.city,
        listing.starts.at,
        listing.starts.time_zone,
        listing.section,
        listing.row,
        listing.seat,
        listing.price.cents(),
        listing.price.currency().code(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the rules depend on, read under the ticket's row lock.
pub(crate) struct LockedTicket {
    pub(crate) id: TicketId,
    pub(crate) seller_id: UserId,
    pub(crate) price_cents: i64,
    pub(crate) version: i32,
    pub(crate) status: String,
    pub(crate) starts_at: OffsetDateTime,
}

/// Takes the ticket's row lock until the end of the transaction. It serializes locking, editing,
/// withdrawing and completing, for each ticket separately.
///
/// It is `NO KEY`, because a new order's foreign key takes a share of the key and must not wait.
pub(crate) async fn lock_row(tx: &mut sqlx::PgConnection, id: TicketId) -> sqlx::Result<Option<LockedTicket>> {
    sqlx::query_as!(
        LockedTicket,
        r#"
        SELECT id AS "id: TicketId", seller_id AS "seller_id: UserId", price_cents, version, status, starts_at
        FROM tickets WHERE id = $1 FOR NO KEY UPDATE
        "#,
        id.as_uuid(),
    )
    .fetch_optional(tx)
    .await
}

/// The same for the ticket of an order.
pub(crate) async fn lock_row_of(tx: &mut sqlx::PgConnection, order: OrderId) -> sqlx::Result<Option<LockedTicket>> {
    sqlx::query_as!(
        LockedTicket,
        r#"
        SELECT id AS "id: TicketId", seller_id AS "seller_id: UserId", price_cents, version, status, starts_at
        FROM tickets WHERE id = (SELECT ticket_id FROM orders WHERE id = $1) FOR NO KEY UPDATE
        "#,
        order.as_uuid(),
    )
    .fetch_optional(tx)
    .await
}

/// Replaces the fields of a listing. Returns how many rows changed: none if the version is not `version`.
pub(crate) async fn update(
    db: impl PgExecutor<'_>,
    id: TicketId,
    version: i32,
    listing: &Listing,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        UPDATE tickets
        SET title = $3, category = $4, venue = $5, city = $6, starts_at = $7, time_zone = $8,
            section = $9, seat_row = $10, seat = $11, price_cents = $12, currency = $13, version = version + 1
        WHERE id = $1 AND version = $2 AND status = 'listed'
        ",
        id.as_uuid(),
        version,
        listing.title,
        listing.category.code(),
        listing.venue,
        listing.city,
        listing.starts.at,
        listing.starts.time_zone,
        listing.section,
        listing.row,
        listing.seat,
        listing.price.cents(),
        listing.price.currency().code(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Withdraws a listing. Fails if it is sold or withdrawn.
pub(crate) async fn mark_withdrawn(db: impl PgExecutor<'_>, id: TicketId) -> sqlx::Result<()> {
    let done =
        sqlx::query!("UPDATE tickets SET status = 'withdrawn' WHERE id = $1 AND status = 'listed'", id.as_uuid())
            .execute(db)
            .await?;
    database::moved(done.rows_affected() == 1)
}

/// Marks the ticket that an order holds as sold. Fails if it is not listed.
pub(crate) async fn mark_sold_to(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "UPDATE tickets SET status = 'sold' WHERE id = (SELECT ticket_id FROM orders WHERE id = $1) AND status = 'listed'",
        order.as_uuid(),
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

pub(crate) async fn find(db: impl PgExecutor<'_>, id: TicketId) -> sqlx::Result<Option<TicketRow>> {
    Ok(find_all(db, &[id]).await?.pop())
}

pub(crate) async fn find_all(db: impl PgExecutor<'_>, ids: &[TicketId]) -> sqlx::Result<Vec<TicketRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query_as!(
        TicketRow,
        r#"
        SELECT t.id AS "id: TicketId", t.seller_id AS "seller_id: UserId", t.title, t.category, t.venue, t.city, t.starts_at, t.time_zone,
            t.section, t.seat_row, t.seat, t.price_cents, t.version, t.status,
            o.id AS "order_id?: OrderId", o.buyer_id AS "buyer_id?: UserId", o.status AS "order_status?: OrderStatus",
            o.expires_at AS "expires_at?", (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = t.id) AS "waitlist_length!", now() AS "now!"
        FROM tickets t
        LEFT JOIN orders o ON o.ticket_id = t.id AND o.status IN ('created', 'awaiting_payment', 'complete', 'refund_pending')
        WHERE t.id = ANY($1)
        "#,
        &ids,
    )
    .fetch_all(db)
    .await
}

/// A reader's position on a ticket's waitlist, from 1.
pub(crate) async fn position(db: impl PgExecutor<'_>, id: TicketId, reader: UserId) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        r#"
        SELECT (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = $1 AND p.id <= m.id) AS "position!"
        FROM waitlist_entries m WHERE m.ticket_id = $1 AND m.user_id = $2
        "#,
        id.as_uuid(),
        reader.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// The tickets on sale after a position in the list, soonest first: not sold, not withdrawn, event not
/// started, and neither a lock nor a waitlist at this moment.
pub(crate) async fn on_sale(
    db: impl PgExecutor<'_>,
    after: Option<(OffsetDateTime, TicketId)>,
    limit: i64,
) -> sqlx::Result<Vec<TicketRow>> {
    let (after_start, after_id) = after.unzip();
    sqlx::query_as!(
        TicketRow,
        r#"
        SELECT t.id AS "id: TicketId", t.seller_id AS "seller_id: UserId", t.title, t.category, t.venue, t.city, t.starts_at, t.time_zone,
            t.section, t.seat_row, t.seat, t.price_cents, t.version, t.status,
            NULL::uuid AS "order_id?: OrderId", NULL::uuid AS "buyer_id?: UserId", NULL::text AS "order_status?: OrderStatus",
            NULL::timestamptz AS "expires_at?", 0::bigint AS "waitlist_length!", now() AS "now!"
        FROM tickets t
        WHERE t.status = 'listed' AND t.starts_at > now()
            AND (t.starts_at, t.id) > (coalesce($1, now()), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
            AND NOT EXISTS (
                SELECT FROM orders o
                WHERE o.ticket_id = t.id AND o.status IN ('created', 'awaiting_payment') AND o.expires_at > now()
            )
            AND NOT EXISTS (SELECT FROM waitlist_entries p WHERE p.ticket_id = t.id)
        ORDER BY t.starts_at, t.id
        LIMIT $3
        "#,
        after_start,
        after_id.map(TicketId::as_uuid),
        limit,
    )
    .fetch_all(db)
    .await
}

/// A seller's listings in any status, newest first.
pub(crate) async fn of_seller(
    db: impl PgExecutor<'_>,
    seller: UserId,
    after: Option<TicketId>,
    limit: i64,
) -> sqlx::Result<Vec<TicketRow>> {
    sqlx::query_as!(
        TicketRow,
        r#"
        SELECT t.id AS "id: TicketId", t.seller_id AS "seller_id: UserId", t.title, t.category, t.venue, t.city, t.starts_at, t.time_zone,
            t.section, t.seat_row, t.seat, t.price_cents, t.version, t.status,
            o.id AS "order_id?: OrderId", o.buyer_id AS "buyer_id?: UserId", o.status AS "order_status?: OrderStatus",
            o.expires_at AS "expires_at?", (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = t.id) AS "waitlist_length!", now() AS "now!"
        FROM tickets t
        LEFT JOIN orders o ON o.ticket_id = t.id AND o.status IN ('created', 'awaiting_payment', 'complete', 'refund_pending')
        WHERE t.seller_id = $1 AND t.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY t.id DESC
        LIMIT $3
        "#,
        seller.as_uuid(),
        after.map(TicketId::as_uuid),
        limit,
    )
    .fetch_all(db)
    .await
}
