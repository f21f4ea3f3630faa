//! SQL of the tickets that a buyer holds, and held before.

use model::{OrderId, TicketId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// Serializes the locks of one buyer until the end of the transaction (or of the savepoint).
///
/// It is an advisory lock, because every page of the buyer's reads the account's row, and every change of
/// the account writes it. It is taken last, after the rows of ticket and order, and one at a time: its
/// holder waits for no other lock, so there is no deadlock.
pub(crate) async fn lock_buyer(tx: &mut PgConnection, buyer: UserId) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('gittix.buyer:' || $1::text, 0))", buyer.to_string())
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// What the limits depend on.
#[derive(Debug)]
pub(crate) struct LockHistory {
    pub(crate) now: OffsetDateTime,
    /// Tickets that the buyer holds while they pay.
    pub(crate) active_locks: i64,
    /// The buyer's last lock on this ticket that ended without a sale.
    pub(crate) last_hold: Option<Hold>,
}

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// The latest end that it could have had.
    pub(crate) deadline: OffsetDateTime,
    /// When it ended.
    pub(crate) ended_at: OffsetDateTime,
    /// Whether another user asked for the ticket during it, or has held the ticket since.
    pub(crate) is_contested: bool,
}

/// Reads what the limits depend on, in a statement after the one that waited for the buyer's lock.
pub(crate) async fn history(tx: &mut PgConnection, buyer: UserId, ticket: TicketId) -> sqlx::Result<LockHistory> {
    let row = sqlx::query!(
        r#"
        SELECT clock_timestamp() AS "now!",
            (SELECT count(*) FROM orders a
             WHERE a.buyer_id = $1 AND a.status IN ('created', 'awaiting_payment') AND a.expires_at > clock_timestamp()) AS "active_locks!",
            o.expires_at AS "deadline?",
            -- The job that puts an order away may come late: its time ended with its lock.
            least(o.ended_at, o.expires_at) AS ended_at,
            o.is_wanted OR EXISTS (
                SELECT FROM orders r WHERE r.ticket_id = $2 AND r.buyer_id <> $1 AND r.created_at >= o.created_at
            ) AS is_contested
        FROM (SELECT) AS always
        LEFT JOIN LATERAL (
            SELECT * FROM orders
            WHERE ticket_id = $2 AND buyer_id = $1 AND status IN ('created', 'awaiting_payment', 'cancelled', 'expired')
            ORDER BY id DESC
            LIMIT 1
        ) AS o ON true
        "#,
        buyer.as_uuid(),
        ticket.as_uuid(),
    )
    .fetch_one(tx)
    .await?;
    let last_hold = match (row.deadline, row.ended_at, row.is_contested) {
        (Some(deadline), Some(ended_at), Some(is_contested)) => Some(Hold { deadline, ended_at, is_contested }),
        _ => None,
    };
    Ok(LockHistory { now: row.now, active_locks: row.active_locks, last_hold })
}

/// Marks an order's ticket as wanted by another user. Returns whether the order still holds it.
pub(crate) async fn mark_wanted(db: impl PgExecutor<'_>, id: OrderId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE orders SET is_wanted = true WHERE id = $1 AND status IN ('created', 'awaiting_payment')",
        id.as_uuid()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
