//! SQL of the outbox.

use std::time::Duration;

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Entry, Job, Queue};

/// Writes a job, due at `run_at` or now, with the span that it follows from.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    job: &Job,
    run_at: Option<OffsetDateTime>,
    traceparent: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, job, queue, run_at, traceparent) VALUES ($1, $2, $3, coalesce($4, clock_timestamp()), $5)",
        Uuid::now_v7(),
        Json(job) as _,
        job.queue().name(),
        run_at,
        traceparent,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes up to `limit` jobs that are due, most overdue first, for as long as the `lease`. Those that
/// somebody else has are left to them.
pub(crate) async fn take(
    db: impl PgExecutor<'_>,
    queue: Queue,
    limit: i64,
    lease: Duration,
) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"
        UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $3)
        WHERE id IN (
            SELECT id FROM outbox
            WHERE queue = $1 AND run_at <= now() AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY run_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id, job AS "job: Json<Job>", traceparent
        "#,
        queue.name(),
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Entry { id: row.id, job: row.job.0, traceparent: row.traceparent }).collect())
}

/// Ends the lease on jobs.
pub(crate) async fn give_back(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<u64> {
    let done = sqlx::query!("UPDATE outbox SET leased_until = NULL WHERE id = ANY($1)", ids).execute(db).await?;
    Ok(done.rows_affected())
}

pub(crate) async fn delete(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", ids).execute(db).await?.rows_affected())
}

/// Deletes up to `limit` timers that are due and whose orders have ended already.
pub(crate) async fn drop_idle_timers(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM outbox WHERE id IN (
            SELECT x.id FROM outbox x JOIN orders o ON o.id = (x.job->>'order_id')::uuid
            WHERE x.queue = $1 AND x.run_at <= now() AND o.status NOT IN ('created', 'awaiting_payment')
            ORDER BY x.run_at
            LIMIT $2
            FOR UPDATE OF x SKIP LOCKED
        )
        ",
        Queue::Expiry.name(),
        limit,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
