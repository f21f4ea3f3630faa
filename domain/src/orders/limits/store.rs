//! SQL of what a buyer holds, and held before.

use model::{OrderId, TicketId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// Has the locks of one buyer take turns until the end of the transaction (or of the savepoint).
///
/// An advisory lock, because the account's own row is read by every page of theirs and written by
/// whatever they change in their account. It is taken last of all, after the rows of ticket and order, and one at
/// a time: whoever has it waits for nobody, so no two transactions can wait for each other.
pub(crate) async fn take_turn(tx: &mut PgConnection, buyer: UserId) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('gittix.buyer:' || $1::text, 0))", buyer.to_string())
        .fetch_one(tx)
        .await?;
    Ok(())
}

/// What the limits look at.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) now: OffsetDateTime,
    /// Tickets that the buyer holds while they pay.
    pub(crate) active_locks: i64,
    /// The buyer's last hold on this ticket that ended without a sale.
    pub(crate) last_hold: Option<Hold>,
}

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// When it was to end at the latest.
    pub(crate) deadline: OffsetDateTime,
    /// When it did.
    pub(crate) ended_at: OffsetDateTime,
    /// Whether somebody else asked for the ticket during it, or has held it since.
    pub(crate) is_contested: bool,
}

/// Reads how a buyer stands to a ticket, in a statement after the one that waited for their turn.
pub(crate) async fn standing(tx: &mut PgConnection, buyer: UserId, ticket: TicketId) -> sqlx::Result<Standing> {
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
    Ok(Standing { now: row.now, active_locks: row.active_locks, last_hold })
}

/// Notes that somebody else asked for a ticket while an order holds it. Returns whether it still does.
pub(crate) async fn mark_wanted(db: impl PgExecutor<'_>, id: OrderId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE orders SET is_wanted = true WHERE id = $1 AND status IN ('created', 'awaiting_payment')",
        id.as_uuid()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
