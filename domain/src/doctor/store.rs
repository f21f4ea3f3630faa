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
    pub(crate) wrong_holder: i64,
    pub(crate) order_without_tickets: i64,
    pub(crate) own_ticket: i64,
    pub(crate) listing_changed: i64,
    pub(crate) other_start: i64,
    pub(crate) waitlist_miscounted: i64,
    pub(crate) waitlist_passed_over: i64,
}

pub(crate) async fn sales(tx: &mut PgConnection) -> sqlx::Result<Sales> {
    sqlx::query_as!(
        Sales,
        r#"
        SELECT
            (SELECT count(*) FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
             WHERE (t.order_id IS NOT NULL OR t.status = 'sold')
                AND (o.id IS NULL OR o.buyer_id <> t.holder_id OR o.listing_id <> t.listing_id OR NOT t.id = ANY(o.ticket_ids)
                    OR o.status NOT IN ('created', 'awaiting_payment') AND t.status = 'listed'
                    OR o.status NOT IN ('complete', 'partly_refunded', 'refund_pending', 'refunded') AND t.status = 'sold')) AS "wrong_holder!",
            (SELECT count(*) FROM orders o
             WHERE o.status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded', 'refund_pending') AND o.returned_at IS NULL
                AND cardinality(o.ticket_ids) <> (
                    SELECT count(*) FROM tickets t
                    WHERE t.order_id = o.id AND (t.status = 'sold') = (o.status IN ('complete', 'partly_refunded', 'refund_pending')))) AS "order_without_tickets!",
            (SELECT count(*) FROM orders o JOIN listings l ON l.id = o.listing_id
             WHERE o.buyer_id = l.seller_id) AS "own_ticket!",
            (SELECT count(*) FROM orders o JOIN listings l ON l.id = o.listing_id
             WHERE o.status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded', 'refund_pending') AND o.returned_at IS NULL
                AND (
                    l.price_cents <> o.ticket_price_cents
                    -- A move of the event changes what the listing is for, and not its seller.
                    OR l.version <> o.listing_version + (SELECT count(*) FROM event_moves m WHERE m.event_id = l.event_id AND m.moved_at > o.created_at)
                )) AS "listing_changed!",
            (SELECT count(*) FROM tickets t JOIN listings l ON l.id = t.listing_id JOIN events e ON e.id = l.event_id
             WHERE t.starts_at <> e.sale_ends_at) AS "other_start!",
            (SELECT count(*) FROM listings l
             WHERE l.waiting <> (SELECT count(*) FROM waitlist_entries w WHERE w.listing_id = l.id)) AS "waitlist_miscounted!",
            -- A ticket that may be sold alone is free, and a buyer waits for one.
            (SELECT count(*) FROM listings l
             WHERE l.waiting > 0 AND l.split = 'any'
                AND EXISTS (SELECT FROM waitlist_entries w WHERE w.listing_id = l.id AND w.wanted = 1)
                AND EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed' AND t.order_id IS NULL AND t.starts_at > now())
            ) AS "waitlist_passed_over!"
        "#,
    )
    .fetch_one(tx)
    .await
}

/// Rows that violate an invariant about delivery, and how long a promise is broken.
pub(crate) struct Delivery {
    pub(crate) in_hand_otherwise: i64,
    pub(crate) on_sale_twice: i64,
    pub(crate) opened_unpaid: i64,
    pub(crate) given_by_others: i64,
    pub(crate) returned_and_kept: i64,
    pub(crate) promise_s: i64,
}

pub(crate) async fn delivery(tx: &mut PgConnection) -> sqlx::Result<Delivery> {
    sqlx::query_as!(
        Delivery,
        r#"
        SELECT
            (SELECT count(*) FROM tickets t FULL JOIN deliverables d ON d.ticket_id = t.id
             WHERE (d.ticket_id IS NOT NULL) IS DISTINCT FROM t.is_in_hand) AS "in_hand_otherwise!",
            (SELECT count(*) FROM (
                SELECT FROM deliverables d JOIN tickets t ON t.id = d.ticket_id JOIN listings l ON l.id = t.listing_id
                WHERE t.status = 'listed' AND d.hash IS NOT NULL GROUP BY l.event_id, d.hash HAVING count(*) > 1
            ) AS twice) AS "on_sale_twice!",
            (SELECT count(*) FROM order_events e JOIN orders o ON o.id = e.order_id
             WHERE e.kind = 'opened' AND o.status NOT IN ('complete', 'partly_refunded', 'refund_pending', 'refunded')) AS "opened_unpaid!",
            (SELECT count(*) FROM gifts g JOIN orders o ON o.id = g.order_id JOIN tickets t ON t.id = g.ticket_id
             WHERE g.giver_id <> o.buyer_id OR g.giver_id = g.recipient_id
                OR o.status IN ('complete', 'partly_refunded') AND t.order_id IS DISTINCT FROM o.id) AS "given_by_others!",
            (SELECT count(*) FROM orders o
             WHERE o.returned_at IS NOT NULL AND (
                o.status NOT IN ('refund_pending', 'refunded', 'partly_refunded') OR EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id)
             )) AS "returned_and_kept!",
            (SELECT coalesce(greatest(extract(epoch FROM now() - min(promised_until)), 0), 0)::bigint FROM orders
             WHERE promised_until IS NOT NULL AND status IN ('complete', 'partly_refunded')) AS "promise_s!"
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
    pub(crate) refunded_otherwise: i64,
    pub(crate) part_not_shown: i64,
    pub(crate) wrong_amount: i64,
    pub(crate) differs_from_stripe: i64,
    pub(crate) dispute_unbooked: i64,
    pub(crate) paid_twice: i64,
    pub(crate) unanswered: i64,
}

pub(crate) async fn money(tx: &mut PgConnection) -> sqlx::Result<Payments> {
    sqlx::query_as!(
        Payments,
        r#"
        SELECT
            (SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id
             WHERE p.status = 'captured' AND o.status NOT IN ('complete', 'partly_refunded', 'refund_pending', 'refunded')) AS "captured_without_order!",
            (SELECT count(*) FROM (
                SELECT FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'captured'
                WHERE o.status IN ('complete', 'partly_refunded') GROUP BY o.id HAVING count(p.id) <> 1
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
            -- By what the buyer's account gave and got. What a version without single refunds has booked is in the ledger alone.
            (SELECT count(*) FROM payments p
             LEFT JOIN (
                 SELECT payment_id, -sum(amount_cents) FILTER (WHERE kind = 'capture') AS gave, sum(amount_cents) FILTER (WHERE kind IN ('refund', 'refund_failed')) AS got,
                    sum(amount_cents) FILTER (WHERE source = 'payment_refund') AS got_with_payment
                 FROM ledger_entries WHERE account = 'buyer' GROUP BY payment_id
             ) AS booked ON booked.payment_id = p.id
             LEFT JOIN (
                 SELECT payment_id, sum(CASE
                    WHEN status = 'succeeded' AND NOT is_booked_with_payment THEN amount_cents
                    WHEN status = 'failed' AND is_booked_with_payment THEN -amount_cents
                 END) AS refunded
                 FROM refunds GROUP BY payment_id
             ) AS back ON back.payment_id = p.id
             WHERE coalesce(gave, 0) <> CASE
                    WHEN p.status IN ('captured', 'wrong_amount', 'refunding', 'refunded', 'refund_failed', 'part_refunding', 'part_refund_failed')
                    THEN coalesce(p.received_cents, p.amount_cents) ELSE 0
                 END
                 OR coalesce(got, 0) <> coalesce(got_with_payment, 0) + coalesce(refunded, 0)) AS "unbooked!",
            (SELECT count(*) FROM payments p
             LEFT JOIN (
                 SELECT payment_id, sum(amount_cents) FILTER (WHERE kind IN ('refund', 'refund_failed')) AS cents, sum(amount_cents) AS with_disputes
                 FROM ledger_entries WHERE account = 'buyer' AND kind <> 'capture' GROUP BY payment_id
             ) got ON got.payment_id = p.id
             WHERE coalesce(got.cents, 0) > coalesce(p.received_cents, p.amount_cents)
                -- What a bank has given back after a dispute need not be refunded.
                OR p.status = 'refunded' AND coalesce(got.with_disputes, 0) < coalesce(p.received_cents, p.amount_cents)
                OR p.status IN ('refunding', 'refund_failed') AND coalesce(got.cents, 0) >= coalesce(p.received_cents, p.amount_cents)) AS "refunded_otherwise!",
            (SELECT count(*) FROM orders o
             WHERE (o.status = 'partly_refunded') <> EXISTS (
                SELECT FROM payments p JOIN refunds r ON r.payment_id = p.id
                WHERE p.order_id = o.id AND p.status = 'captured' AND r.status = 'succeeded')
                -- The part that was due may have gone back by a dispute.
                AND NOT (o.status = 'partly_refunded' AND EXISTS (
                    SELECT FROM payments p JOIN disputes d ON d.payment_id = p.id WHERE p.order_id = o.id AND d.status = 'lost'))
                AND o.status IN ('complete', 'partly_refunded')) AS "part_not_shown!",
            (SELECT count(*) FROM payments WHERE status = 'wrong_amount') AS "wrong_amount!",
            (SELECT count(*) FROM ledger_differences WHERE closed_at IS NULL) AS "differs_from_stripe!",
            -- Each account's entries with each source, against what the dispute's row says.
            (SELECT count(*) FROM disputes d
             LEFT JOIN (
                 SELECT source_id,
                    sum(amount_cents) FILTER (WHERE source = 'dispute' AND account = 'buyer') AS withdrawn,
                    -sum(amount_cents) FILTER (WHERE source = 'dispute_reinstated' AND account = 'buyer') AS reinstated,
                    sum(amount_cents) FILTER (WHERE account = 'stripe_fees') AS fees
                 FROM ledger_entries WHERE source IN ('dispute', 'dispute_reinstated', 'dispute_fee', 'dispute_fee_returned') GROUP BY source_id
             ) AS booked ON booked.source_id = d.id::text
             WHERE booked.withdrawn IS DISTINCT FROM d.withdrawn_cents OR booked.reinstated IS DISTINCT FROM d.reinstated_cents
                OR coalesce(booked.fees, 0) <> d.fee_cents - d.fee_returned_cents
                OR d.status = 'won' AND d.withdrawn_cents IS NOT NULL AND d.reinstated_cents IS NULL AND d.heard_at < now() - interval '3 days'
            ) AS "dispute_unbooked!",
            -- Until the operator has told the bank of the refund.
            (SELECT count(*) FROM payments p
             JOIN (SELECT payment_id, sum(withdrawn_cents - coalesce(reinstated_cents, 0)) AS cents FROM disputes WHERE withdrawn_cents IS NOT NULL GROUP BY payment_id) d
                ON d.payment_id = p.id
             WHERE d.cents + (SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r WHERE r.payment_id = p.id AND r.status = 'succeeded')
                > coalesce(p.received_cents, p.amount_cents)
                AND EXISTS (
                    SELECT FROM disputes o WHERE o.payment_id = p.id AND o.status = 'needs_response'
                )) AS "paid_twice!",
            (SELECT count(*) FROM disputes
             WHERE status IN ('warning_needs_response', 'needs_response') AND evidence_due_at < now() + interval '2 days') AS "unanswered!"
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
    pub(crate) review_s: i64,
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
                (SELECT min(held_until) FROM tickets WHERE status = 'listed' AND held_until < now()) AS overdue_lock,
                -- By the order's end: the sweep moves a payment's own dates.
                (SELECT min(coalesce(o.ended_at, (SELECT t.held_until FROM tickets t WHERE t.order_id = o.id LIMIT 1))) FROM payments p JOIN orders o ON o.id = p.order_id
                 WHERE p.status IN ('starting', 'open', 'capturing')) AS open_payment,
                (SELECT min(coalesce(
                    (SELECT max(e.happened_at) FROM order_events e WHERE e.order_id = p.order_id AND e.attempt = p.attempt AND e.kind = 'refund_started'),
                    p.created_at
                )) FROM payments p WHERE p.status IN ('refunding', 'refund_failed', 'part_refunding', 'part_refund_failed')
                    -- These wait for a bank, which takes weeks.
                    AND NOT EXISTS (SELECT FROM disputes d WHERE d.payment_id = p.id AND d.status IN ('needs_response', 'under_review'))) AS refund,
                least(
                    (SELECT min(completed_at) FROM stripe_reviews), (SELECT completed_at FROM balance_readings WHERE name = 'nightly')
                ) AS review,
                (SELECT min(received_at) FROM stripe_events WHERE handled_at IS NULL) AS event,
                (SELECT min(run_at) FROM outbox) AS job
        )
        SELECT
            greatest(extract(epoch FROM now() - overdue_lock), 0)::bigint AS "overdue_lock_s!",
            greatest(extract(epoch FROM now() - open_payment), 0)::bigint AS "open_payment_s!",
            greatest(extract(epoch FROM now() - refund), 0)::bigint AS "refund_s!",
            greatest(extract(epoch FROM now() - review), 0)::bigint AS "review_s!",
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
