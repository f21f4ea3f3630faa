//! SQL of the reconciliation.

use model::PaymentId;
use platform::stripe::{BalanceTransaction, Moved};
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

/// The value of a movement in the database: the source that it has in the ledger.
fn code(moved: &BalanceTransaction) -> &'static str {
    match moved.moved {
        // The ledger has dollars only.
        _ if moved.currency != "usd" => "other",
        Moved::Charge => "capture",
        Moved::Refund => "refund",
        Moved::RefundFailure => "refund_failure",
        Moved::Dispute => "dispute",
        Moved::DisputeReinstated => "dispute_reinstated",
        Moved::StripeFee => "stripe_fee",
        Moved::Bank => "bank",
        Moved::Other => "other",
    }
}

/// Keeps movements that are not known, and books Stripe's fees for them: from the platform to Stripe. The fee of a dispute is
/// booked with the dispute. Returns how many movements were not known.
pub(super) async fn keep(db: impl PgExecutor<'_>, movements: &[BalanceTransaction]) -> sqlx::Result<i64> {
    let ids: Vec<_> = movements.iter().map(|moved| moved.id.as_str()).collect();
    let codes: Vec<_> = movements.iter().map(code).collect();
    let kinds: Vec<_> = movements.iter().map(|moved| moved.kind.as_str()).collect();
    let sources: Vec<_> = movements.iter().map(|moved| moved.source_id.as_deref()).collect();
    let intents: Vec<_> = movements.iter().map(|moved| moved.intent_id.as_deref()).collect();
    let amounts: Vec<_> = movements.iter().map(|moved| moved.amount_cents).collect();
    let fees: Vec<_> = movements.iter().map(|moved| moved.fee_cents).collect();
    let currencies: Vec<_> = movements.iter().map(|moved| moved.currency.as_str()).collect();
    let times: Vec<_> = movements.iter().map(|moved| moved.created_s).collect();
    sqlx::query_scalar!(
        r#"
        WITH new AS (
            INSERT INTO stripe_movements (id, moved, kind, stripe_source_id, stripe_intent_id, amount_cents, fee_cents, currency, moved_at)
            SELECT id, moved, kind, source_id, intent_id, amount_cents, fee_cents, currency, to_timestamp(created_s)
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[])
                AS moved (id, moved, kind, source_id, intent_id, amount_cents, fee_cents, currency, created_s)
            ON CONFLICT (id) DO NOTHING
            RETURNING id, moved, fee_cents, currency
        ), charged AS MATERIALIZED (
            SELECT gen_random_uuid() AS transfer_id, id, fee_cents, currency FROM new
            WHERE fee_cents <> 0 AND currency = 'usd' AND moved NOT IN ('dispute', 'dispute_reinstated')
        ), booked AS (
            INSERT INTO ledger_entries (transfer_id, account, kind, source, source_id, amount_cents, currency)
            SELECT transfer_id, entry.account, 'stripe_fee', 'stripe_fee', id, entry.sign * fee_cents, currency
            FROM charged, (VALUES ('platform', -1), ('stripe_fees', 1)) entry (account, sign)
        )
        SELECT count(*) AS "count!" FROM new
        "#,
        &ids as &[&str],
        &codes as &[&str],
        &kinds as &[&str],
        &sources as &[Option<&str>],
        &intents as &[Option<&str>],
        &amounts,
        &fees,
        &currencies as &[&str],
        &times,
    )
    .fetch_one(db)
    .await
}

/// The time of the database.
pub(super) async fn now(db: impl PgExecutor<'_>) -> sqlx::Result<OffsetDateTime> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(db).await
}

/// Compares what moved or was booked from `from` to `to`, stores what differs, and closes what does so no longer. Returns how
/// many differences there are.
pub(super) async fn compare(db: &PgPool, from: OffsetDateTime, to: OffsetDateTime) -> sqlx::Result<u64> {
    let mut tx = db.begin().await?;
    let found = differ(&mut *tx, from, to).await? + missing_at_stripe(&mut *tx, from, to).await?;
    close(&mut *tx, from, to).await?;
    tx.commit().await?;
    Ok(found)
}

/// Stores each movement at Stripe that is not booked, or with another amount or fee.
///
/// A refund that has not succeeded is not booked, though its money has left the balance: until it has, and where it failed
/// before anything was booked.
pub(super) async fn differ(db: impl PgExecutor<'_>, from: OffsetDateTime, to: OffsetDateTime) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_differences (movement, what, moved, kind, stripe_source_id, stripe_intent_id, payment_id,
            stripe_cents, booked_cents, stripe_fee_cents, booked_fee_cents, moved_at)
        SELECT m.movement, CASE WHEN booked.cents IS NULL THEN 'unbooked' ELSE 'other_amount' END, m.moved, m.kind, m.stripe_source_id,
            m.stripe_intent_id, p.id, m.cents, coalesce(booked.cents, 0), m.fee_cents, coalesce(booked.fee_cents, 0), m.moved_at
        FROM (
            -- A dispute may move money more than once. It is booked as a whole.
            SELECT min(id) AS movement, moved, min(kind) AS kind, stripe_source_id, min(stripe_intent_id) AS stripe_intent_id,
                sum(amount_cents)::bigint AS cents, sum(fee_cents)::bigint AS fee_cents, min(moved_at) AS moved_at
            FROM stripe_movements
            WHERE moved_at >= $1 AND moved_at < $2
            GROUP BY moved, stripe_source_id, CASE WHEN stripe_source_id IS NULL THEN id END
        ) m
        -- One by one, by their keys: a join could read the whole of each table.
        LEFT JOIN LATERAL (SELECT id FROM payments WHERE stripe_intent_id = m.stripe_intent_id LIMIT 1) p ON true
        LEFT JOIN LATERAL (
            SELECT * FROM refunds WHERE stripe_refund_id = m.stripe_source_id AND m.moved IN ('refund', 'refund_failure') LIMIT 1
        ) r ON true
        LEFT JOIN LATERAL (
            SELECT id FROM disputes WHERE stripe_dispute_id = m.stripe_source_id AND m.moved IN ('dispute', 'dispute_reinstated') LIMIT 1
        ) d ON true
        CROSS JOIN LATERAL (
            SELECT CASE m.moved WHEN 'capture' THEN p.id WHEN 'refund' THEN r.id WHEN 'refund_failure' THEN r.id ELSE d.id END::text AS id
        ) ours
        CROSS JOIN LATERAL (
            SELECT
                CASE
                    -- Nothing is booked of these but the fee.
                    WHEN m.moved IN ('stripe_fee', 'bank') THEN m.cents
                    WHEN m.moved = 'refund' AND r.is_booked_with_payment THEN -r.amount_cents
                    ELSE (
                        SELECT -e.amount_cents FROM ledger_entries e
                        WHERE e.source = m.moved AND e.source_id = ours.id AND e.account = 'buyer'
                    )
                END AS cents,
                CASE
                    WHEN m.moved IN ('dispute', 'dispute_reinstated') THEN (
                        SELECT e.amount_cents FROM ledger_entries e
                        WHERE e.source = CASE m.moved WHEN 'dispute' THEN 'dispute_fee' ELSE 'dispute_fee_returned' END
                            AND e.source_id = ours.id AND e.account = 'stripe_fees'
                    )
                    ELSE (
                        SELECT e.amount_cents FROM ledger_entries e
                        WHERE e.source = 'stripe_fee' AND e.source_id = m.movement AND e.account = 'stripe_fees'
                    )
                END AS fee_cents
        ) booked
        WHERE (booked.cents IS DISTINCT FROM m.cents OR coalesce(booked.fee_cents, 0) <> m.fee_cents)
            AND (
                booked.cents IS NULL AND r.status IN ('pending', 'failed') AND NOT r.is_booked_with_payment
                AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.source = 'refund' AND e.source_id = ours.id)
            ) IS NOT TRUE
        ON CONFLICT (movement) DO UPDATE SET
            what = excluded.what, payment_id = excluded.payment_id,
            stripe_cents = excluded.stripe_cents, booked_cents = excluded.booked_cents,
            stripe_fee_cents = excluded.stripe_fee_cents, booked_fee_cents = excluded.booked_fee_cents,
            found_at = CASE WHEN ledger_differences.closed_at IS NULL THEN ledger_differences.found_at ELSE excluded.found_at END,
            confirmed_at = excluded.confirmed_at, closed_at = NULL, accepted_because = NULL
        -- What an operator has accepted stays closed, as it is.
        WHERE ledger_differences.accepted_because IS NULL
            OR (ledger_differences.what, ledger_differences.stripe_cents, ledger_differences.booked_cents, ledger_differences.stripe_fee_cents, ledger_differences.booked_fee_cents)
                <> (excluded.what, excluded.stripe_cents, excluded.booked_cents, excluded.stripe_fee_cents, excluded.booked_fee_cents)
        ",
        from,
        to,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Stores each booked movement that Stripe does not have.
pub(super) async fn missing_at_stripe(
    db: impl PgExecutor<'_>,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_differences (movement, what, moved, stripe_source_id, stripe_intent_id, payment_id,
            stripe_cents, booked_cents, stripe_fee_cents, booked_fee_cents, moved_at)
        SELECT e.source || ':' || e.source_id, 'not_at_stripe', e.source, their.id, p.stripe_intent_id, p.id, 0, -e.amount_cents, 0, 0, e.created_at
        FROM ledger_entries e
        CROSS JOIN LATERAL (SELECT id, stripe_intent_id FROM payments WHERE id = e.payment_id LIMIT 1) p
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN e.source IN ('refund', 'refund_failure') THEN (SELECT r.stripe_refund_id FROM refunds r WHERE r.id = e.source_id::uuid)
                WHEN e.source IN ('dispute', 'dispute_reinstated') THEN (SELECT d.stripe_dispute_id FROM disputes d WHERE d.id = e.source_id::uuid)
            END AS id
        ) their
        WHERE e.account = 'buyer' AND e.created_at >= $1 AND e.created_at < $2
            AND CASE
                WHEN e.source = 'capture' THEN NOT EXISTS (
                    SELECT FROM stripe_movements m WHERE m.stripe_intent_id = p.stripe_intent_id AND m.moved = 'capture'
                )
                -- A debt that the operator has settled never was at Stripe, nor was it a single refund in an old version.
                WHEN their.id IS NULL THEN false
                ELSE NOT EXISTS (SELECT FROM stripe_movements m WHERE m.stripe_source_id = their.id AND m.moved <> 'capture' AND m.moved = e.source)
            END
        ON CONFLICT (movement) DO UPDATE SET
            found_at = CASE WHEN ledger_differences.closed_at IS NULL THEN ledger_differences.found_at ELSE excluded.found_at END,
            confirmed_at = excluded.confirmed_at, closed_at = NULL
        WHERE ledger_differences.accepted_because IS NULL
        ",
        from,
        to,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Closes the differences of a time that its transaction has not confirmed.
async fn close(db: impl PgExecutor<'_>, from: OffsetDateTime, to: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE ledger_differences SET closed_at = now()
        WHERE closed_at IS NULL AND moved_at >= $1 AND moved_at < $2 AND confirmed_at < now()
        ",
        from,
        to,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Closes an open difference for a reason. Returns whether there was one.
pub(super) async fn accept(db: impl PgExecutor<'_>, movement: &str, reason: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE ledger_differences SET closed_at = now(), accepted_because = $2 WHERE movement = $1 AND closed_at IS NULL",
        movement,
        reason,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Up to `limit` intents of movements of a time that are not booked.
pub(super) async fn unbooked_intents(
    db: impl PgExecutor<'_>,
    from: OffsetDateTime,
    to: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT stripe_intent_id AS "id!" FROM ledger_differences
        WHERE closed_at IS NULL AND what = 'unbooked' AND stripe_intent_id IS NOT NULL AND moved_at >= $1 AND moved_at < $2
        LIMIT $3
        "#,
        from,
        to,
        limit,
    )
    .fetch_all(db)
    .await
}

/// How many differences there are.
pub(super) async fn count_open(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM ledger_differences WHERE closed_at IS NULL"#)
        .fetch_one(db)
        .await
}

/// How a movement differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum What {
    /// Stripe has it, the ledger has not.
    Unbooked,
    /// The ledger has it, Stripe has not.
    NotAtStripe,
    /// Both have it, with another amount or another fee.
    OtherAmount,
}

/// A movement of which Stripe and the ledger say different things. Amounts are in cents, positive for what the shop received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names it: Stripe's id of it, or its source in the ledger.
    pub movement: String,
    /// How it differs.
    pub what: What,
    /// What moved, such as `capture`.
    pub moved: String,
    /// Stripe's id of the charge, the refund or the dispute.
    pub stripe_source_id: Option<String>,
    /// The intent whose money moved.
    pub stripe_intent_id: Option<String>,
    /// The payment; `None` if no payment here has the intent.
    pub payment_id: Option<PaymentId>,
    /// What entered Stripe's balance.
    pub stripe_cents: i64,
    /// What is booked.
    pub booked_cents: i64,
    /// What Stripe kept for itself.
    pub stripe_fee_cents: i64,
    /// What of that is booked.
    pub booked_fee_cents: i64,
    /// When it moved, or was booked if Stripe does not have it.
    pub moved_at: OffsetDateTime,
}

/// Up to `limit` differences from `since` on, oldest first.
pub(super) async fn open(db: impl PgExecutor<'_>, since: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Difference>> {
    sqlx::query_as!(
        Difference,
        r#"
        SELECT movement, what AS "what: What", moved, stripe_source_id, stripe_intent_id, payment_id AS "payment_id: PaymentId",
            stripe_cents, booked_cents, stripe_fee_cents, booked_fee_cents, moved_at
        FROM ledger_differences WHERE closed_at IS NULL AND moved_at >= $1
        ORDER BY moved_at, id LIMIT $2
        "#,
        since,
        limit,
    )
    .fetch_all(db)
    .await
}

/// What moved in some time, of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Stripe's word for it, such as `charge`.
    pub kind: String,
    /// Three letters, in lower case.
    pub currency: String,
    /// How many movements.
    pub movements: i64,
    /// What they brought into the balance, in the smallest unit of the currency; negative for what left it.
    pub cents: i64,
    /// What Stripe kept for itself.
    pub fee_cents: i64,
}

/// What moved from `from` to `to`, by Stripe's words for it.
pub(super) async fn sums(db: impl PgExecutor<'_>, from: OffsetDateTime, to: OffsetDateTime) -> sqlx::Result<Vec<Sum>> {
    sqlx::query_as!(
        Sum,
        r#"
        SELECT kind, currency, count(*) AS "movements!", sum(amount_cents)::bigint AS "cents!", sum(fee_cents)::bigint AS "fee_cents!"
        FROM stripe_movements WHERE moved_at >= $1 AND moved_at < $2
        GROUP BY kind, currency ORDER BY kind, currency
        "#,
        from,
        to,
    )
    .fetch_all(db)
    .await
}
