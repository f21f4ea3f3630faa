//! SQL of payments.

use std::time::Duration;

use model::{Money, OrderId, PaymentId, orders::OrderEventKind};
use sqlx::{PgConnection, PgExecutor};

use super::{PaymentStatus, backoff};
use crate::{database, transaction::EventExecutor};

/// One attempt to pay.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) attempt: i32,
    pub(crate) status: PaymentStatus,
    pub(crate) stripe_intent_id: Option<String>,
    pub(crate) amount_cents: i64,
    /// What Stripe took, in cents, if it took anything: nearly always the amount.
    pub(crate) received_cents: i64,
    /// How much of it has to go back, where that is a part. See [`super::standing::due_cents`].
    pub(crate) refund_due_cents: i64,
    /// How many times in a row Stripe has refused what the attempt needs.
    pub(crate) refusals: i32,
    /// Whether the backoff after these refusals is not over.
    pub(crate) backs_off: bool,
    pub(crate) refund_failures: i32,
    pub(crate) refund_keys_used: i32,
    pub(crate) refund_refusals: i32,
    /// Whether Stripe has refused the refund, and its backoff is not over.
    pub(crate) refund_backs_off: bool,
}

impl Payment {
    pub(crate) fn amount(&self) -> Money {
        Money::usd(self.amount_cents)
    }

    /// The idempotency key of a call to Stripe. It names the attempt, so that a repeated call has its
    /// effect once and the next attempt is a call of its own. It uses the attempt's id, because a number
    /// can be given again: after restoring a backup that does not have the attempt.
    pub(crate) fn idempotency_key(&self, call: &str) -> String {
        format!("{}:{call}", self.id)
    }
}

pub(crate) async fn find(db: impl PgExecutor<'_>, id: PaymentId) -> sqlx::Result<Option<Payment>> {
    sqlx::query_as!(
        Payment,
        r#"
        SELECT id AS "id: PaymentId", order_id AS "order_id: OrderId", attempt, status AS "status: PaymentStatus", stripe_intent_id, amount_cents,
            coalesce(received_cents, amount_cents) AS "received_cents!", refund_due_cents, refusals, coalesce(next_try_at > clock_timestamp(), false) AS "backs_off!",
            refund_failures, refund_keys_used, refund_refusals, coalesce(refund_due_at > clock_timestamp(), false) AS "refund_backs_off!"
        FROM payments WHERE id = $1
        "#,
        id.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn find_by_intent(db: impl PgExecutor<'_>, intent_id: &str) -> sqlx::Result<Option<PaymentId>> {
    sqlx::query_scalar!(r#"SELECT id AS "id: PaymentId" FROM payments WHERE stripe_intent_id = $1"#, intent_id)
        .fetch_optional(db)
        .await
}

/// The attempt of an order that may still take money.
pub(crate) async fn live_of_order(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<Option<Payment>> {
    sqlx::query_as!(
        Payment,
        r#"
        SELECT id AS "id: PaymentId", order_id AS "order_id: OrderId", attempt, status AS "status: PaymentStatus", stripe_intent_id, amount_cents,
            coalesce(received_cents, amount_cents) AS "received_cents!", refund_due_cents, refusals, coalesce(next_try_at > clock_timestamp(), false) AS "backs_off!",
            refund_failures, refund_keys_used, refund_refusals, coalesce(refund_due_at > clock_timestamp(), false) AS "refund_backs_off!"
        FROM payments WHERE order_id = $1 AND status IN ('starting', 'open', 'capturing')
        "#,
        order.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// The attempt that has bought the tickets of an order.
pub(crate) async fn sale_of_order(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<Option<PaymentId>> {
    sqlx::query_scalar!(
        r#"
        SELECT p.id AS "id: PaymentId" FROM payments p
        WHERE p.order_id = $1 AND p.status IN ('captured', 'part_refunding', 'part_refund_failed')
            AND EXISTS (SELECT FROM ledger_entries e WHERE e.payment_id = p.id AND e.account = 'seller')
        "#,
        order.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// Inserts the next attempt of an order, or one for an intent that is open at Stripe already. The caller
/// holds the order's row lock.
pub(crate) async fn insert_next(
    mut tx: impl EventExecutor,
    id: PaymentId,
    order: OrderId,
    amount: Money,
    intent_id: Option<&str>,
) -> sqlx::Result<Payment> {
    let status = if intent_id.is_some() { PaymentStatus::Open } else { PaymentStatus::Starting };
    let opened = sqlx::query_as!(
        Payment,
        r#"
        WITH opened AS (
            INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency, stripe_intent_id)
            SELECT $1, $2, coalesce(max(attempt), 0) + 1, $5, $3, $4, $7 FROM payments WHERE order_id = $2
            RETURNING *
        ), logged AS (
            INSERT INTO order_events (order_id, kind, attempt) SELECT order_id, $6, attempt FROM opened
        )
        SELECT id AS "id: PaymentId", order_id AS "order_id: OrderId", attempt, status AS "status: PaymentStatus", stripe_intent_id, amount_cents,
            coalesce(received_cents, amount_cents) AS "received_cents!", refund_due_cents, refusals, coalesce(next_try_at > clock_timestamp(), false) AS "backs_off!",
            refund_failures, refund_keys_used, refund_refusals, coalesce(refund_due_at > clock_timestamp(), false) AS "refund_backs_off!"
        FROM opened
        "#,
        id.as_uuid(),
        order.as_uuid(),
        amount.cents(),
        amount.currency().code(),
        status.code(),
        PaymentStatus::Starting.event_kind().map(OrderEventKind::code),
        intent_id,
    )
    .fetch_one(tx.executor())
    .await?;
    tx.wrote(PaymentStatus::Starting.event_kind(), 1);
    Ok(opened)
}

/// Stores the intent of an attempt. Returns whether the attempt was waiting for one.
pub(crate) async fn record_intent(db: impl PgExecutor<'_>, id: PaymentId, intent_id: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payments SET stripe_intent_id = $2, status = 'open', updated_at = clock_timestamp() WHERE id = $1 AND status = 'starting'",
        id.as_uuid(),
        intent_id,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores the intent of an attempt that has none, even if it has ended since. Returns whether it had
/// none.
pub(crate) async fn restore_intent(db: impl PgExecutor<'_>, id: PaymentId, intent_id: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE payments
        SET stripe_intent_id = $2, status = CASE status WHEN 'starting' THEN 'open' ELSE status END, updated_at = clock_timestamp()
        WHERE id = $1 AND stripe_intent_id IS NULL
        ",
        id.as_uuid(),
        intent_id,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves an attempt to a status and writes that to the order's timeline. Fails if its status is none of
/// `from`.
pub(crate) async fn advance(
    db: impl EventExecutor,
    id: PaymentId,
    from: &[PaymentStatus],
    to: PaymentStatus,
) -> sqlx::Result<()> {
    database::moved(try_advance(db, id, from, to).await?)
}

/// Moves an attempt to a status, if its status is one of `from`, and writes that to the order's timeline.
/// Returns whether it moved.
pub(crate) async fn try_advance(
    db: impl EventExecutor,
    id: PaymentId,
    from: &[PaymentStatus],
    to: PaymentStatus,
) -> sqlx::Result<bool> {
    advance_with_event(db, id, from, to, to.event_kind()).await
}

/// Stores that an attempt is still in a status. Returns whether it is.
pub(crate) async fn touch(db: impl EventExecutor, id: PaymentId, status: PaymentStatus) -> sqlx::Result<bool> {
    advance_with_event(db, id, &[status], status, None).await
}

/// Closes a live attempt that has nothing open at Stripe; `what` is written to the timeline. Returns
/// whether it was live.
pub(crate) async fn close(db: impl EventExecutor, id: PaymentId, what: Option<OrderEventKind>) -> sqlx::Result<bool> {
    advance_with_event(db, id, &PaymentStatus::LIVE, PaymentStatus::Cancelled, what).await
}

/// Takes the row lock of an attempt until the end of the transaction. The caller holds that of its order.
pub(crate) async fn lock(tx: &mut PgConnection, id: PaymentId) -> sqlx::Result<Option<Payment>> {
    sqlx::query!("SELECT FROM payments WHERE id = $1 FOR NO KEY UPDATE", id.as_uuid()).fetch_optional(&mut *tx).await?;
    find(tx, id).await
}

/// Stores what Stripe took, where that is not the amount of the attempt.
pub(crate) async fn note_received(db: impl PgExecutor<'_>, id: PaymentId, received_cents: i64) -> sqlx::Result<()> {
    let done = sqlx::query!("UPDATE payments SET received_cents = $2 WHERE id = $1", id.as_uuid(), received_cents)
        .execute(db)
        .await?;
    database::moved(done.rows_affected() == 1)
}

/// Stores how much has to go back, and how many refunds have failed in total. After a new failure the next call uses
/// another idempotency key.
pub(crate) async fn note_refunds(
    db: impl PgExecutor<'_>,
    id: PaymentId,
    due_cents: i64,
    failures: i32,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        UPDATE payments
        SET refund_due_cents = $2, refund_failures = $3,
            refund_keys_used = refund_keys_used + CASE WHEN refund_failures < $3 THEN 1 ELSE 0 END
        WHERE id = $1
        ",
        id.as_uuid(),
        due_cents,
        failures,
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

/// Writes an event about an attempt to the order's timeline. The attempt keeps its status.
pub(crate) async fn log(mut db: impl EventExecutor, payment: &Payment, what: OrderEventKind) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO order_events (order_id, kind, attempt) VALUES ($1, $2, $3)",
        payment.order_id.as_uuid(),
        what.code(),
        payment.attempt,
    )
    .execute(db.executor())
    .await?;
    db.wrote(what, 1);
    Ok(())
}

/// Stores that Stripe has refused what an attempt needs. The next try waits, twice as long each time.
/// Returns whether the refusal is new.
pub(crate) async fn refuse(db: impl PgExecutor<'_>, payment: &Payment) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE payments
        SET refusals = $2 + 1, next_try_at = clock_timestamp() + make_interval(secs => least($3 * 2 ^ least($2, 20), $4))
        WHERE id = $1 AND refusals = $2
        ",
        payment.id.as_uuid(),
        payment.refusals,
        backoff::MIN.as_seconds_f64(),
        backoff::MAX.as_seconds_f64(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores that Stripe accepts what an attempt needs.
pub(crate) async fn accept(db: impl PgExecutor<'_>, id: PaymentId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE payments SET refusals = 0, next_try_at = NULL WHERE id = $1", id.as_uuid())
        .execute(db)
        .await?;
    Ok(())
}

/// Up to `limit` payments whose refund failed an hour ago or longer, with their status: at banks fewer than
/// `failures_max` times, and refused by Stripe fewer than `refusals_max` times.
pub(crate) async fn failed_refunds(
    db: impl PgExecutor<'_>,
    failures_max: i32,
    refusals_max: i32,
    limit: i64,
) -> sqlx::Result<Vec<(PaymentId, PaymentStatus)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id: PaymentId", status AS "status: PaymentStatus" FROM payments
        WHERE status IN ('refund_failed', 'part_refund_failed') AND updated_at < now() - interval '1 hour'
            AND refund_failures < $1 AND refund_refusals < $2
        ORDER BY updated_at
        LIMIT $3
        "#,
        failures_max,
        refusals_max,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.status)).collect())
}

/// How many attempts of an order ended without an intent, because Stripe failed.
pub(crate) async fn failed_starts(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM payments WHERE order_id = $1 AND status = 'cancelled' AND stripe_intent_id IS NULL"#,
        order.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// The same with another event, or with none.
pub(crate) async fn advance_with_event(
    mut db: impl EventExecutor,
    id: PaymentId,
    from: &[PaymentStatus],
    to: PaymentStatus,
    what: Option<OrderEventKind>,
) -> sqlx::Result<bool> {
    let from: Vec<&str> = from.iter().map(|status| status.code()).collect();
    let moved = sqlx::query_scalar!(
        r#"
        WITH moved AS (
            UPDATE payments SET status = $2, updated_at = clock_timestamp() WHERE id = $1 AND status = ANY($3)
            RETURNING order_id, attempt
        ), logged AS (
            INSERT INTO order_events (order_id, kind, attempt) SELECT order_id, $4, attempt FROM moved WHERE $4::text IS NOT NULL
        )
        SELECT count(*) AS "count!" FROM moved
        "#,
        id.as_uuid(),
        to.code(),
        &from as &[&str],
        what.map(OrderEventKind::code),
    )
    .fetch_one(db.executor())
    .await?;
    db.wrote(what, moved.unsigned_abs());
    Ok(moved == 1)
}

/// How many cards have been declined for an order.
pub(crate) async fn declined_of_order(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM payments WHERE order_id = $1 AND status = 'declined'"#,
        order.as_uuid()
    )
    .fetch_one(db)
    .await
}

/// Takes up to `limit` open attempts that were last polled so long ago as `since`, or longer, and stores
/// that they are polled now: two sweeps share the work, and none comes up again for as long. What Stripe
/// has refused waits for its backoff.
pub(crate) async fn take_unsettled(
    db: impl PgExecutor<'_>,
    since: Duration,
    limit: i64,
) -> sqlx::Result<Vec<PaymentId>> {
    sqlx::query_scalar!(
        r#"
        UPDATE payments SET updated_at = clock_timestamp()
        WHERE id IN (
            SELECT id FROM payments
            WHERE status IN ('starting', 'open', 'capturing', 'refunding', 'part_refunding') AND updated_at < now() - make_interval(secs => $1)
                AND (next_try_at IS NULL OR next_try_at <= now()) AND (refund_due_at IS NULL OR refund_due_at <= now())
            ORDER BY updated_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id AS "id: PaymentId"
        "#,
        since.as_secs_f64(),
        limit,
    )
    .fetch_all(db)
    .await
}
