//! SQL of the doctor. It only reads.

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use time::Duration;

/// Begins a transaction with one snapshot for all its queries, and a statement timeout.
pub(crate) async fn begin(db: &PgPool, timeout: Duration) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let timeout_ms = timeout.whole_milliseconds().to_string();
    sqlx::query!(r#"SELECT set_config('statement_timeout', $1, true) AS "set""#, timeout_ms)
        .fetch_one(&mut *tx)
        .await?;
    Ok(tx)
}

/// Rows that violate an invariant about tickets and their holders.
pub(crate) struct Sales {
    pub(crate) two_holders: i64,
    pub(crate) sold_without_order: i64,
    pub(crate) bought_and_not_sold: i64,
    pub(crate) own_ticket: i64,
    pub(crate) listing_changed: i64,
    pub(crate) waitlist_without_order: i64,
}

pub(crate) async fn sales(tx: &mut PgConnection) -> sqlx::Result<Sales> {
    sqlx::query_as!(
        Sales,
        r#"
        SELECT
            (SELECT count(*) FROM (
                SELECT FROM orders WHERE status IN ('created', 'awaiting_payment', 'complete', 'refund_pending')
                GROUP BY ticket_id HAVING count(*) > 1
            ) AS twice) AS "two_holders!",
            (SELECT count(*) FROM (
                SELECT FROM tickets t
                LEFT JOIN orders o ON o.ticket_id = t.id AND o.status IN ('complete', 'refund_pending', 'refunded')
                WHERE t.status = 'sold' GROUP BY t.id HAVING count(o.id) <> 1
            ) AS sold) AS "sold_without_order!",
            (SELECT count(*) FROM orders o JOIN tickets t ON t.id = o.ticket_id
             WHERE o.status IN ('complete', 'refund_pending') AND t.status <> 'sold') AS "bought_and_not_sold!",
            (SELECT count(*) FROM orders o JOIN tickets t ON t.id = o.ticket_id
             WHERE o.buyer_id = t.seller_id) AS "own_ticket!",
            -- An order past its end holds nothing, and its seller may change the listing.
            (SELECT count(*) FROM orders o JOIN tickets t ON t.id = o.ticket_id
             WHERE (o.status IN ('complete', 'refund_pending') OR o.status IN ('created', 'awaiting_payment') AND o.expires_at > now())
                 AND (t.version <> o.ticket_version OR t.price_cents <> o.price_cents OR t.status = 'withdrawn')) AS "listing_changed!",
            (SELECT count(DISTINCT l.ticket_id) FROM waitlist_entries l
             WHERE NOT EXISTS (SELECT FROM orders o WHERE o.ticket_id = l.ticket_id AND o.status IN ('created', 'awaiting_payment'))
            ) AS "waitlist_without_order!"
        "#,
    )
    .fetch_one(tx)
    .await
}

/// Rows that violate an invariant about money.
pub(crate) struct Payments {
    pub(crate) captured_without_order: i64,
    pub(crate) complete_unpaid: i64,
    pub(crate) other_amount: i64,
    pub(crate) two_live: i64,
    pub(crate) unbalanced: i64,
    pub(crate) unbooked: i64,
}

pub(crate) async fn money(tx: &mut PgConnection) -> sqlx::Result<Payments> {
    sqlx::query_as!(
        Payments,
        r#"
        SELECT
            (SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE p.status = 'captured' AND o.status NOT IN ('complete', 'refund_pending', 'refunded')) AS "captured_without_order!",
            (SELECT count(*) FROM (
                SELECT FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'captured'
                WHERE o.status = 'complete' GROUP BY o.id HAVING count(p.id) <> 1
            ) AS unpaid) AS "complete_unpaid!",
            (SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE p.amount_cents <> o.price_cents OR p.currency <> o.currency) AS "other_amount!",
            (SELECT count(*) FROM (
                SELECT FROM payments WHERE status IN ('starting', 'open', 'capturing')
                GROUP BY order_id HAVING count(*) > 1
            ) AS twice) AS "two_live!",
            (SELECT count(*) FROM (
                SELECT FROM ledger_entries GROUP BY transfer_id HAVING sum(amount_cents) <> 0
            ) AS transfers) AS "unbalanced!",
            -- By what the buyer's account gave and got.
            (SELECT count(*) FROM payments p
             LEFT JOIN (
                 SELECT payment_id, -sum(amount_cents) FILTER (WHERE kind = 'capture') AS gave, sum(amount_cents) FILTER (WHERE kind = 'refund') AS got
                 FROM ledger_entries WHERE account = 'buyer' GROUP BY payment_id
             ) AS booked ON booked.payment_id = p.id
             WHERE coalesce(gave, 0) <> CASE WHEN p.status IN ('captured', 'refunding', 'refunded', 'refund_failed') THEN p.amount_cents ELSE 0 END
                 OR coalesce(got, 0) <> CASE WHEN p.status = 'refunded' THEN p.amount_cents ELSE 0 END) AS "unbooked!"
        "#,
    )
    .fetch_one(tx)
    .await
}

/// Overdue work: how many rows, and for how many seconds the oldest is overdue.
pub(crate) struct Backlog {
    pub(crate) overdue_lock_s: i64,
    pub(crate) open_payment_s: i64,
    pub(crate) refund_s: i64,
    pub(crate) event_s: i64,
    pub(crate) events: i64,
    pub(crate) job_s: i64,
    pub(crate) jobs: i64,
}

pub(crate) async fn backlog(tx: &mut PgConnection) -> sqlx::Result<Backlog> {
    sqlx::query_as!(
        Backlog,
        r#"
        WITH since AS (
            SELECT
                (SELECT min(expires_at) FROM orders
                 WHERE status IN ('created', 'awaiting_payment') AND expires_at < now()) AS overdue_lock,
                -- By the order's end: the sweep moves a payment's own dates.
                (SELECT min(coalesce(o.ended_at, o.expires_at)) FROM payments p JOIN orders o ON o.id = p.order_id
                 WHERE p.status IN ('starting', 'open', 'capturing')) AS open_payment,
                (SELECT min(coalesce(
                    (SELECT max(e.happened_at) FROM order_events e WHERE e.order_id = p.order_id AND e.attempt = p.attempt AND e.kind = 'refund_started'),
                    p.created_at
                )) FROM payments p WHERE p.status IN ('refunding', 'refund_failed')) AS refund,
                (SELECT min(received_at) FROM stripe_events WHERE handled_at IS NULL) AS event,
                (SELECT min(run_at) FROM outbox) AS job
        )
        SELECT
            greatest(extract(epoch FROM now() - overdue_lock), 0)::bigint AS "overdue_lock_s!",
            greatest(extract(epoch FROM now() - open_payment), 0)::bigint AS "open_payment_s!",
            greatest(extract(epoch FROM now() - refund), 0)::bigint AS "refund_s!",
            greatest(extract(epoch FROM now() - event), 0)::bigint AS "event_s!",
            (SELECT count(*) FROM stripe_events WHERE handled_at IS NULL) AS "events!",
            greatest(extract(epoch FROM now() - job), 0)::bigint AS "job_s!",
            (SELECT count(*) FROM outbox WHERE run_at <= now()) AS "jobs!"
        FROM since
        "#,
    )
    .fetch_one(tx)
    .await
}
