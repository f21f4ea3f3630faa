//! SQL of orders and their transitions.

use model::{
    ListingId, OrderId, UserId,
    orders::{OrderEventKind, OrderStatus},
};
use sqlx::{PgConnection, PgExecutor, types::Uuid};
use time::{Duration, OffsetDateTime};

use super::Transition;
use crate::{
    database,
    outbox::Queue,
    transaction::{EventExecutor, Transaction},
};

/// Applies a transition to an order and writes its event. Fails if the order's status does not allow it.
pub(crate) async fn advance(db: impl EventExecutor, id: OrderId, transition: Transition) -> sqlx::Result<()> {
    database::moved(try_advance(db, id, transition).await?)
}

/// Applies a transition to an order, if its status allows it, and writes its event. Returns whether it did.
///
/// The rows of its tickets follow: an order that ends without a sale frees them, a captured one has bought them, and one
/// with a payment says so. The caller holds the row lock of the listing, or for a payment that of the order.
pub(crate) async fn try_advance(mut db: impl EventExecutor, id: OrderId, transition: Transition) -> sqlx::Result<bool> {
    let (from, to) = transition.sources_and_target();
    let moved = sqlx::query_scalar!(
        r#"
        WITH moved AS (
            UPDATE orders o
            SET status = $2,
                ended_at = CASE WHEN $3 THEN NULL ELSE coalesce(o.ended_at, clock_timestamp()) END,
                lock_end = CASE WHEN $3 THEN NULL ELSE coalesce(o.lock_end, h.held_until, clock_timestamp()) END
            FROM (SELECT (SELECT held_until FROM tickets WHERE order_id = $1 LIMIT 1)) h (held_until)
            WHERE o.id = $1 AND o.status = ANY($4)
            RETURNING o.id
        ), freed AS (
            UPDATE tickets SET order_id = NULL, holder_id = NULL, held_until = NULL, hold_slot = NULL, has_payment = false
            WHERE $6 AND order_id = (SELECT id FROM moved)
        ), sold AS (
            UPDATE tickets SET status = 'sold', held_until = NULL, hold_slot = NULL
            WHERE $7 AND order_id = (SELECT id FROM moved)
        ), paying AS (
            UPDATE tickets SET has_payment = true WHERE $8 AND order_id = (SELECT id FROM moved)
        ), logged AS (
            INSERT INTO order_events (order_id, kind) SELECT id, $5 FROM moved WHERE $5::text IS NOT NULL
        )
        SELECT count(*) AS "count!" FROM moved
        "#,
        id.as_uuid(),
        to.code(),
        to.is_open(),
        &from as &[&str],
        transition.event_kind().map(OrderEventKind::code),
        matches!(to, OrderStatus::Cancelled | OrderStatus::Expired),
        to == OrderStatus::Complete,
        to == OrderStatus::AwaitingPayment,
    )
    .fetch_one(db.executor())
    .await?;
    db.wrote(transition.event_kind(), moved.unsigned_abs());
    Ok(moved == 1)
}

/// Ends an order whose lock has expired, under the row lock of its listing. It checks status and end, so that neither an
/// old timer nor a repeated one ends anything else. Returns whether the order ended.
pub(crate) async fn expire(tx: &mut Transaction<'_>, id: OrderId) -> sqlx::Result<bool> {
    let is_overdue = find(&mut **tx, id).await?.is_some_and(|order| order.status.is_open() && order.is_overdue);
    Ok(is_overdue && try_advance(&mut *tx, id, Transition::TimeRanOut).await?)
}

/// Cancels an order of `buyer` in one statement, if that is simple: no one waits for its tickets, it has no payment, and
/// its lock has not ended. Returns its listing, or `None` if it did nothing.
///
/// It shares the row lock of the listing, so that no user joins the waitlist meanwhile.
pub(crate) async fn cancel_unawaited(
    mut db: impl EventExecutor,
    id: OrderId,
    buyer: UserId,
) -> sqlx::Result<Option<ListingId>> {
    let (from, to) = Transition::Cancelled.sources_and_target();
    let listing = sqlx::query_scalar!(
        r#"
        WITH held AS MATERIALIZED (
            SELECT t.id, t.held_until, o.ticket_ids
            FROM orders o JOIN listings l ON l.id = o.listing_id JOIN tickets t ON t.order_id = o.id
            WHERE o.id = $1 AND o.buyer_id = $2 AND o.status = ANY($3) AND l.waiting = 0
                AND NOT t.has_payment AND t.held_until > clock_timestamp()
            FOR SHARE OF l FOR NO KEY UPDATE OF o FOR NO KEY UPDATE OF t
        ), ended AS (
            UPDATE orders SET status = $4, ended_at = clock_timestamp(), lock_end = (SELECT max(held_until) FROM held)
            WHERE id = $1 AND (SELECT count(*) FROM held) = cardinality(ticket_ids)
            RETURNING id, listing_id
        ), freed AS (
            UPDATE tickets SET order_id = NULL, holder_id = NULL, held_until = NULL, hold_slot = NULL, has_payment = false
            WHERE order_id = (SELECT id FROM ended)
        ), logged AS (
            INSERT INTO order_events (order_id, kind) SELECT id, $5 FROM ended
        )
        SELECT listing_id AS "listing: ListingId" FROM ended
        "#,
        id.as_uuid(),
        buyer.as_uuid(),
        &from as &[&str],
        to.code(),
        Transition::Cancelled.event_kind().map(OrderEventKind::code),
    )
    .fetch_optional(db.executor())
    .await?;
    db.wrote(Transition::Cancelled.event_kind(), listing.is_some().into());
    Ok(listing)
}

/// What one batch of the sweep did.
pub(crate) struct Batch {
    /// How many overdue tickets it took up: fewer than its limit if there are no more.
    pub(crate) tickets: i64,
    /// How many orders it ended.
    pub(crate) orders: i64,
}

/// Ends overdue orders that have no payment and whose tickets no one waits for, most overdue first, up to `limit`
/// tickets. It skips rows that another transaction holds.
///
/// It shares the row lock of the listing, so that no user joins the waitlist meanwhile. An order of which it gets only
/// some tickets is left to the next batch. All tickets of an order are held until the same time.
pub(crate) async fn expire_unpaid(mut db: impl EventExecutor, limit: i64) -> sqlx::Result<Batch> {
    let (from, to) = Transition::TimeRanOut.sources_and_target();
    let batch = sqlx::query_as!(
        Batch,
        r#"
        WITH due AS MATERIALIZED (
            SELECT t.id, t.order_id, t.held_until, o.ticket_ids
            FROM tickets t JOIN orders o ON o.id = t.order_id JOIN listings l ON l.id = t.listing_id
            WHERE t.status = 'listed' AND t.held_until <= now() AND NOT t.has_payment AND l.waiting = 0 AND o.status = ANY($1)
            ORDER BY t.held_until, t.order_id
            LIMIT $2
            FOR SHARE OF l SKIP LOCKED FOR NO KEY UPDATE OF o SKIP LOCKED FOR NO KEY UPDATE OF t SKIP LOCKED
        ), whole AS MATERIALIZED (
            SELECT order_id, max(held_until) AS held_until FROM due
            GROUP BY order_id HAVING count(*) = cardinality(min(ticket_ids))
        ), ended AS (
            UPDATE orders o SET status = $3, ended_at = clock_timestamp(), lock_end = w.held_until
            FROM whole w WHERE o.id = w.order_id
            RETURNING o.id
        ), freed AS (
            UPDATE tickets t SET order_id = NULL, holder_id = NULL, held_until = NULL, hold_slot = NULL, has_payment = false
            FROM due d JOIN whole w ON w.order_id = d.order_id WHERE t.id = d.id
        ), logged AS (
            INSERT INTO order_events (order_id, kind) SELECT id, $4 FROM ended
        ), told AS (
            INSERT INTO outbox (id, job, queue, run_at)
            SELECT uuid_by_clock(), jsonb_build_object(
                'kind', 'send_mail', 'mail', jsonb_build_object('about', 'order_expired', 'order_id', id)
            ), $5, clock_timestamp() FROM ended
        )
        SELECT (SELECT count(*) FROM due) AS "tickets!", (SELECT count(*) FROM ended) AS "orders!"
        "#,
        &from as &[&str],
        limit,
        to.code(),
        OrderEventKind::Expired.code(),
        Queue::Mail.name(),
    )
    .fetch_one(db.executor())
    .await?;
    db.wrote(OrderEventKind::Expired, batch.orders.unsigned_abs());
    Ok(batch)
}

/// Up to `limit` overdue orders that have opened a payment, most overdue first. A payment that Stripe has refused
/// waits for its backoff.
pub(crate) async fn overdue_with_payment(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT t.order_id AS "id!: OrderId" FROM tickets t
        WHERE t.status = 'listed' AND t.held_until <= now() AND t.has_payment
            AND NOT EXISTS (
                SELECT FROM payments p
                WHERE p.order_id = t.order_id AND p.status IN ('starting', 'open', 'capturing') AND p.next_try_at > now()
            )
        GROUP BY t.order_id ORDER BY min(t.held_until) LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Up to `limit` overdue orders without a payment whose listing has a waitlist, most overdue first. Each ends under the
/// row lock of its listing, so that its tickets are offered to the waitlist.
pub(crate) async fn overdue_and_awaited(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT t.order_id AS "id!: OrderId" FROM tickets t JOIN listings l ON l.id = t.listing_id
        WHERE t.status = 'listed' AND t.held_until <= now() AND NOT t.has_payment AND l.waiting > 0
        GROUP BY t.order_id ORDER BY min(t.held_until) LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Extends the hold of an order, so that it lasts at least `by` from this moment, under the row lock of its listing.
pub(crate) async fn extend(db: impl PgExecutor<'_>, id: OrderId, by: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
        UPDATE tickets SET held_until = greatest(held_until, clock.now + make_interval(secs => $2))
        FROM clock WHERE order_id = $1 AND held_until IS NOT NULL
        ",
        id.as_uuid(),
        by.as_seconds_f64(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives an order that had ended its tickets again, for a card that was authorised late. They are free, and the caller
/// holds the row lock of the listing. The hold does not count against the buyer's cap.
pub(crate) async fn retake(tx: &mut PgConnection, order: &OrderRow, length: Duration) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
        UPDATE tickets
        SET order_id = $1, holder_id = $2, held_until = clock.now + make_interval(secs => $4), has_payment = true
        FROM clock WHERE id = ANY($3) AND status = 'listed' AND order_id IS NULL
        ",
        order.id.as_uuid(),
        order.buyer_id.as_uuid(),
        &order.ticket_ids as &[Uuid],
        length.as_seconds_f64(),
    )
    .execute(tx)
    .await?;
    database::moved(usize::try_from(done.rows_affected()) == Ok(order.ticket_ids.len()))
}

/// What the rules of paying depend on.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) id: OrderId,
    pub(crate) listing_id: ListingId,
    pub(crate) ticket_ids: Vec<Uuid>,
    pub(crate) buyer_id: UserId,
    pub(crate) status: OrderStatus,
    pub(crate) price_cents: i64,
    pub(crate) listing_version: i32,
    /// Until when it holds its tickets; `None` once it has ended.
    pub(crate) held_until: Option<OffsetDateTime>,
    pub(crate) is_overdue: bool,
}

impl OrderRow {
    /// Whether the order still holds its tickets for a payment.
    pub(crate) fn is_live(&self) -> bool {
        self.status.is_open() && !self.is_overdue
    }
}

pub(crate) async fn find(db: impl PgExecutor<'_>, id: OrderId) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        r#"
        SELECT o.id AS "id: OrderId", o.listing_id AS "listing_id: ListingId", o.ticket_ids, o.buyer_id AS "buyer_id: UserId",
            o.status AS "status: OrderStatus", o.price_cents, o.listing_version, h.held_until,
            coalesce(h.held_until <= clock_timestamp(), false) AS "is_overdue!"
        FROM orders o CROSS JOIN LATERAL (SELECT (SELECT t.held_until FROM tickets t WHERE t.order_id = o.id LIMIT 1)) h (held_until)
        WHERE o.id = $1
        "#,
        id.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// Takes the order's row lock until the end of the transaction.
pub(crate) async fn lock_row(tx: &mut PgConnection, id: OrderId) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query!("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", id.as_uuid()).fetch_optional(&mut *tx).await?;
    // Read in a statement of its own, so that the clock includes the wait for the lock.
    find(tx, id).await
}
