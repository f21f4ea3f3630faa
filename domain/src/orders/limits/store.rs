//! SQL of the tickets that a buyer holds, and held before.

use model::{ListingId, OrderId, UserId};
use sqlx::{PgConnection, PgExecutor, types::Uuid};
use time::OffsetDateTime;

use crate::backend::Rules;

/// Serializes the locks of each of these buyers until the end of the transaction.
///
/// They are advisory locks, because every page of a buyer's reads the account's row, and every change of the account
/// writes it. They are taken last, after the rows of listing, order and tickets, all at once and in one order: their
/// holder waits for no other lock, and no two holders wait for each other.
pub(crate) async fn lock_buyers(tx: &mut PgConnection, buyers: &[UserId]) -> sqlx::Result<()> {
    let buyers: Vec<Uuid> = buyers.iter().map(|buyer| buyer.as_uuid()).collect();
    sqlx::query!(
        "
        SELECT pg_advisory_xact_lock(key) FROM (
            SELECT DISTINCT hashtextextended('gittix.buyer:' || buyer::text, 0) AS key FROM unnest($1::uuid[]) AS buyer ORDER BY key
        ) AS keys",
        &buyers,
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// What the limits depend on.
#[derive(Debug)]
pub(crate) struct LockHistory {
    pub(crate) now: OffsetDateTime,
    /// Tickets that the buyer holds while they pay.
    pub(crate) active_locks: i64,
    /// Tickets for the event of the listing that the buyer has bought, or holds while they pay.
    pub(crate) event_tickets: i64,
    /// How many they may have. Zero is no limit.
    pub(crate) event_limit: u32,
    /// Until when the buyer may begin no payment, because too many of their cards were declined.
    pub(crate) barred_until: Option<OffsetDateTime>,
    /// When fewer unpaid offers than [`Rules::max_unpaid_offers`] count against the buyer, if so many do now.
    pub(crate) unpaid_offers_until: Option<OffsetDateTime>,
    /// The buyer's last lock on tickets of this listing, if it ended without a sale within the cool-down.
    pub(crate) last_hold: Option<Hold>,
}

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// The latest end that it could have had.
    pub(crate) deadline: OffsetDateTime,
    /// When it ended.
    pub(crate) ended_at: OffsetDateTime,
    /// Whether another user asked for the tickets during it, or has held one of them since.
    pub(crate) is_contested: bool,
}

/// Reads what the limits depend on, in a statement after the one that waited for the buyer's lock.
pub(crate) async fn history(
    tx: &mut PgConnection,
    rules: &Rules,
    buyer: UserId,
    listing: ListingId,
) -> sqlx::Result<LockHistory> {
    let row = sqlx::query!(
        r#"
        SELECT clock_timestamp() AS "now!",
            (SELECT count(*) FROM tickets t
             WHERE t.holder_id = $1 AND t.hold_slot IS NOT NULL AND t.held_until > clock_timestamp()) AS "active_locks!",
            (SELECT event_tickets($1, l.event_id) FROM listings l WHERE l.id = $2) AS event_tickets,
            (SELECT v.time_zone FROM listings l JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id WHERE l.id = $2) AS time_zone,
            card_bar_ends_at($1, NULL, $5, $6) AS barred_until,
            -- The newest of those that are one too many. An offer of a cancelled event could not be paid.
            (
                SELECT least(u.ended_at, u.lock_end) + interval '24 hours' FROM orders u
                JOIN listings ul ON ul.id = u.listing_id JOIN events ue ON ue.id = ul.event_id
                WHERE u.buyer_id = $1 AND u.from_waitlist AND u.status IN ('cancelled', 'expired') AND ue.cancelled_at IS NULL
                    AND u.ended_at > clock_timestamp() - interval '24 hours'
                    AND least(u.ended_at, u.lock_end) > clock_timestamp() - interval '24 hours'
                ORDER BY least(u.ended_at, u.lock_end) DESC OFFSET $4 LIMIT 1
            ) AS unpaid_offers_until,
            o.lock_end AS "deadline?",
            -- The job that ends an order may come late: its time ended with its lock.
            least(o.ended_at, o.lock_end) AS ended_at,
            o.is_wanted OR EXISTS (
                SELECT FROM orders r WHERE r.listing_id = $2 AND r.id > o.id AND r.buyer_id <> $1 AND r.ticket_ids && o.ticket_ids
            ) AS is_contested
        FROM (SELECT) AS always
        LEFT JOIN LATERAL (
            SELECT * FROM (
                SELECT * FROM orders
                WHERE listing_id = $2 AND buyer_id = $1 AND status IN ('cancelled', 'expired')
                ORDER BY id DESC
                LIMIT 1
            ) AS last
            WHERE least(last.ended_at, last.lock_end) > clock_timestamp() - make_interval(secs => $3)
        ) AS o ON true
        "#,
        buyer.as_uuid(),
        listing.as_uuid(),
        rules.lock_cooldown.as_secs_f64(),
        // Switched off, no offer is one too many.
        i64::from(rules.max_unpaid_offers).checked_sub(1).filter(|most| *most >= 0).unwrap_or(i64::MAX),
        i64::from(rules.max_declines_per_account),
        i64::from(rules.max_declines_per_network),
    )
    .fetch_one(tx)
    .await?;
    let last_hold = match (row.deadline, row.ended_at, row.is_contested) {
        (Some(deadline), Some(ended_at), Some(is_contested)) => Some(Hold { deadline, ended_at, is_contested }),
        _ => None,
    };
    let event_limit = rules.event_limit(&row.time_zone.unwrap_or_default());
    Ok(LockHistory {
        event_limit,
        now: row.now,
        active_locks: row.active_locks,
        event_tickets: row.event_tickets.unwrap_or_default(),
        barred_until: row.barred_until,
        unpaid_offers_until: row.unpaid_offers_until,
        last_hold,
    })
}

/// Marks the tickets of open orders as wanted by another user. Returns the orders that were not marked before.
pub(crate) async fn mark_wanted(db: impl PgExecutor<'_>, orders: &[OrderId]) -> sqlx::Result<Vec<OrderId>> {
    let orders: Vec<Uuid> = orders.iter().map(|order| order.as_uuid()).collect();
    sqlx::query_scalar!(
        r#"
        UPDATE orders SET is_wanted = true
        WHERE id IN (
            SELECT id FROM orders
            WHERE id = ANY($1) AND status IN ('created', 'awaiting_payment') AND NOT is_wanted
            ORDER BY id FOR NO KEY UPDATE
        )
        RETURNING id AS "id: OrderId"
        "#,
        &orders,
    )
    .fetch_all(db)
    .await
}

/// Whether the account has not been deleted.
pub(crate) async fn has_account(db: impl PgExecutor<'_>, buyer: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL) AS "has_account!""#,
        buyer.as_uuid()
    )
    .fetch_one(db)
    .await
}
