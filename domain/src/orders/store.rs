//! SQL of orders: who holds a ticket, and the transitions of an order.

use model::{
    Money, OrderId, TicketId, UserId,
    orders::{OrderEventKind, OrderStatus},
};
use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};

use super::Transition;
use crate::{database, transaction::EventExecutor};

/// The unique index that prevents a ticket from being sold twice.
pub(crate) const ONE_HOLDER: &str = "orders_one_holder_per_ticket";

/// The order that holds a ticket or has bought it, if there is one, and the database's clock.
pub(crate) struct Holder {
    pub(crate) now: OffsetDateTime,
    pub(crate) order: Option<HolderOrder>,
    /// Whether the ticket has a waitlist.
    pub(crate) is_awaited: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct HolderOrder {
    pub(crate) id: OrderId,
    pub(crate) buyer_id: UserId,
    pub(crate) status: OrderStatus,
    pub(crate) expires_at: OffsetDateTime,
    /// Whether another user has asked for the ticket since.
    pub(crate) is_wanted: bool,
}

impl Holder {
    /// Whether an order holds the ticket or has bought it. An order past its end holds nothing.
    pub(crate) fn is_held(&self) -> bool {
        self.order.is_some_and(|order| !order.status.is_open() || order.expires_at > self.now)
    }

    /// The end of the ticket's lock, if it is locked. An order past its end locks nothing.
    pub(crate) fn locked_until(&self) -> Option<OffsetDateTime> {
        self.order.filter(|order| order.status.is_open() && order.expires_at > self.now).map(|order| order.expires_at)
    }
}

/// Reads a ticket's holder and then the clock, in a statement of its own. Called under the ticket's row
/// lock, it sees what the previous transaction committed, and a clock that includes the wait.
pub(crate) async fn holder(tx: &mut PgConnection, ticket: TicketId) -> sqlx::Result<Holder> {
    let row = sqlx::query!(
        r#"
        SELECT clock_timestamp() AS "now!", o.id AS "id?: OrderId", o.buyer_id AS "buyer_id?: UserId",
            o.status AS "status?: OrderStatus", o.expires_at AS "expires_at?", o.is_wanted AS "is_wanted?",
            EXISTS (SELECT FROM waitlist_entries p WHERE p.ticket_id = $1) AS "is_awaited!"
        FROM (SELECT) AS always
        LEFT JOIN orders o ON o.ticket_id = $1 AND o.status IN ('created', 'awaiting_payment', 'complete', 'refund_pending')
        "#,
        ticket.as_uuid(),
    )
    .fetch_one(tx)
    .await?;
    let order = match (row.id, row.buyer_id, row.status, row.expires_at, row.is_wanted) {
        (Some(id), Some(buyer_id), Some(status), Some(expires_at), Some(is_wanted)) => {
            Some(HolderOrder { id, buyer_id, status, expires_at, is_wanted })
        }
        _ => None,
    };
    Ok(Holder { now: row.now, order, is_awaited: row.is_awaited })
}

/// A new order, as the lock creates it.
pub(crate) struct NewOrder {
    pub(crate) id: OrderId,
    pub(crate) ticket_id: TicketId,
    pub(crate) buyer_id: UserId,
    pub(crate) price: Money,
    pub(crate) ticket_version: i32,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) is_wanted: bool,
    /// Whether the lock was an offer of the waitlist.
    pub(crate) from_waitlist: bool,
}

/// Inserts an order and the first event of its timeline. Returns whether it did: not if the buyer has
/// deleted their account meanwhile.
///
/// The account's row is locked in share mode until the end of the transaction: a deletion either commits
/// before this statement or sees its row.
pub(crate) async fn insert(mut db: impl EventExecutor, order: &NewOrder) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        WITH created AS (
            INSERT INTO orders (id, ticket_id, buyer_id, status, price_cents, currency, ticket_version, created_at, expires_at, is_wanted, from_waitlist)
            SELECT $1, $2, id, 'created', $4, $5, $6, $7, $8, $9, $10
            FROM users WHERE id = $3 AND deleted_at IS NULL FOR KEY SHARE
            RETURNING id
        )
        INSERT INTO order_events (order_id, kind) SELECT id, $11 FROM created
        ",
        order.id.as_uuid(),
        order.ticket_id.as_uuid(),
        order.buyer_id.as_uuid(),
        order.price.cents(),
        order.price.currency().code(),
        order.ticket_version,
        order.created_at,
        order.expires_at,
        order.is_wanted,
        order.from_waitlist,
        OrderEventKind::Locked.code(),
    )
    .execute(db.executor())
    .await?;
    db.wrote(OrderEventKind::Locked, done.rows_affected());
    Ok(done.rows_affected() == 1)
}

/// Applies a transition to an order and writes its event. Fails if the order's status does not allow it.
pub(crate) async fn advance(db: impl EventExecutor, id: OrderId, transition: Transition) -> sqlx::Result<()> {
    database::moved(try_advance(db, id, transition).await?)
}

/// Applies a transition to an order, if its status allows it, and writes its event. Returns whether it
/// did.
pub(crate) async fn try_advance(mut db: impl EventExecutor, id: OrderId, transition: Transition) -> sqlx::Result<bool> {
    let (from, to) = transition.sources_and_target();
    let moved = sqlx::query_scalar!(
        r#"
        WITH moved AS (
            UPDATE orders
            SET status = $2, ended_at = CASE WHEN $3 THEN NULL ELSE coalesce(ended_at, clock_timestamp()) END
            WHERE id = $1 AND status = ANY($4)
            RETURNING id
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
    )
    .fetch_one(db.executor())
    .await?;
    db.wrote(transition.event_kind(), moved.unsigned_abs());
    Ok(moved == 1)
}

/// Ends an order whose lock has expired. It checks id, status and end, so that neither an old timer nor a
/// repeated one ends anything else. Returns whether the order ended.
pub(crate) async fn expire(mut db: impl EventExecutor, id: OrderId) -> sqlx::Result<bool> {
    let (from, to) = Transition::TimeRanOut.sources_and_target();
    let done = sqlx::query!(
        "
        WITH ended AS (
            UPDATE orders SET status = $2, ended_at = clock_timestamp()
            WHERE id = $1 AND status = ANY($3) AND expires_at <= clock_timestamp()
            RETURNING id
        )
        INSERT INTO order_events (order_id, kind) SELECT id, $4 FROM ended
        ",
        id.as_uuid(),
        to.code(),
        &from as &[&str],
        OrderEventKind::Expired.code(),
    )
    .execute(db.executor())
    .await?;
    db.wrote(OrderEventKind::Expired, done.rows_affected());
    Ok(done.rows_affected() == 1)
}

/// Ends up to `limit` overdue orders that have no payment and whose tickets no other user wants, most
/// overdue first. Returns how many. It skips rows that another sweep holds.
///
/// A user who joins the waitlist marks the order that holds the ticket as wanted, in the row that this
/// statement locks: whichever comes first, the other sees it.
pub(crate) async fn expire_unpaid(mut db: impl EventExecutor, limit: i64) -> sqlx::Result<u64> {
    let (from, to) = Transition::TimeRanOut.sources_and_target();
    let done = sqlx::query!(
        "
        WITH ended AS (
            UPDATE orders SET status = $1, ended_at = clock_timestamp()
            WHERE id IN (
                SELECT o.id FROM orders o
                WHERE o.status IN ('created', 'awaiting_payment') AND o.status = ANY($2) AND o.expires_at <= now() AND NOT o.is_wanted
                    AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('starting', 'open', 'capturing'))
                ORDER BY o.expires_at
                LIMIT $3
                FOR UPDATE OF o SKIP LOCKED
            )
            RETURNING id
        )
        INSERT INTO order_events (order_id, kind) SELECT id, $4 FROM ended
        ",
        to.code(),
        &from as &[&str],
        limit,
        OrderEventKind::Expired.code(),
    )
    .execute(db.executor())
    .await?;
    db.wrote(OrderEventKind::Expired, done.rows_affected());
    Ok(done.rows_affected())
}

/// Up to `limit` overdue orders that have a payment, most overdue first. A payment that Stripe has refused
/// waits for its backoff.
pub(crate) async fn overdue_with_payment(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT o.id AS "id: OrderId" FROM orders o
        WHERE o.status IN ('created', 'awaiting_payment') AND o.expires_at <= now()
            AND EXISTS (
                SELECT FROM payments p
                WHERE p.order_id = o.id AND p.status IN ('starting', 'open', 'capturing')
                    AND (p.next_try_at IS NULL OR p.next_try_at <= now())
            )
        ORDER BY o.expires_at
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Up to `limit` overdue orders that have no payment and whose tickets another user wants, most overdue
/// first. Each ends under its ticket's row lock, so that the ticket is offered to the waitlist.
pub(crate) async fn overdue_and_wanted(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT o.id AS "id: OrderId" FROM orders o
        WHERE o.status IN ('created', 'awaiting_payment') AND o.expires_at <= now() AND o.is_wanted
            AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('starting', 'open', 'capturing'))
        ORDER BY o.expires_at
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Extends an order's lock, so that it lasts at least `by` from this moment.
pub(crate) async fn extend(db: impl PgExecutor<'_>, id: OrderId, by: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET expires_at = greatest(expires_at, clock_timestamp() + make_interval(secs => $2)) WHERE id = $1",
        id.as_uuid(),
        by.as_seconds_f64(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the rules of paying depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderRow {
    pub(crate) id: OrderId,
    pub(crate) ticket_id: TicketId,
    pub(crate) buyer_id: UserId,
    pub(crate) status: OrderStatus,
    pub(crate) price_cents: i64,
    pub(crate) ticket_version: i32,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) is_overdue: bool,
}

impl OrderRow {
    /// Whether the order still holds its ticket for a payment.
    pub(crate) fn is_live(&self) -> bool {
        self.status.is_open() && !self.is_overdue
    }
}

pub(crate) async fn find(db: impl PgExecutor<'_>, id: OrderId) -> sqlx::Result<Option<OrderRow>> {
    sqlx::query_as!(
        OrderRow,
        r#"
        SELECT id AS "id: OrderId", ticket_id AS "ticket_id: TicketId", buyer_id AS "buyer_id: UserId", status AS "status: OrderStatus",
            price_cents, ticket_version, expires_at, expires_at <= clock_timestamp() AS "is_overdue!"
        FROM orders WHERE id = $1
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
