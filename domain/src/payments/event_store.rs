//! SQL of Stripe's events.

use sqlx::PgExecutor;

use super::backoff;
use crate::outbox::NewRow;

/// Stores an event with its job, in one statement. Returns whether the event is new; if not, no job is
/// written.
pub(super) async fn insert(
    db: impl PgExecutor<'_>,
    id: &str,
    kind: &str,
    payload: &str,
    job: NewRow<'_>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        WITH stored AS (
            INSERT INTO stripe_events (id, type, payload) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING
            RETURNING id
        )
        INSERT INTO outbox (id, job, queue, run_at, traceparent)
        SELECT $4, $5, $6, clock_timestamp(), $7 FROM stored
        ",
        id,
        kind,
        payload,
        job.id,
        job.job as _,
        job.queue,
        job.traceparent,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An event that has not been handled yet.
pub(super) struct UnhandledEvent {
    /// Stripe's name of its kind.
    pub(super) kind: String,
    pub(super) payload: String,
}

pub(super) async fn unhandled(db: impl PgExecutor<'_>, id: &str) -> sqlx::Result<Option<UnhandledEvent>> {
    sqlx::query_as!(
        UnhandledEvent,
        "SELECT type AS kind, payload FROM stripe_events WHERE id = $1 AND handled_at IS NULL",
        id,
    )
    .fetch_optional(db)
    .await
}

/// Marks an event as handled. Unless `is_kept`, it deletes the payload: that has personal data of the card's owner, and
/// is not needed any further. Stripe has the event under its id.
pub(super) async fn mark_handled(db: impl PgExecutor<'_>, id: &str, is_kept: bool) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE stripe_events SET handled_at = clock_timestamp(), payload = CASE WHEN $2 THEN payload ELSE '{}' END
        WHERE id = $1 AND handled_at IS NULL
        ",
        id,
        is_kept,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes up to `limit` events that are due and that the queue has lost, least tried first, and stores
/// that they are tried now: two sweeps share the work, and an event that fails comes up again with
/// backoff, after twice the delay each time.
pub(super) async fn take_due(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "
        UPDATE stripe_events
        SET tries = tries + 1, next_try_at = clock_timestamp() + make_interval(secs => least($1 * 2 ^ least(tries, 20), $2))
        WHERE id IN (
            SELECT id FROM stripe_events
            WHERE handled_at IS NULL AND next_try_at <= now()
            ORDER BY tries, next_try_at
            LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        ",
        backoff::MIN.as_seconds_f64(),
        backoff::MAX.as_seconds_f64(),
        limit,
    )
    .fetch_all(db)
    .await
}

/// Deletes up to `limit` events that were handled at least `days` days ago, except those whose payload is kept.
pub(super) async fn delete_handled(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM stripe_events WHERE id = ANY(ARRAY(
            SELECT id FROM stripe_events WHERE handled_at < now() - make_interval(days => $1) AND payload = '{}'
            ORDER BY handled_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ))",
        days,
        limit,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
