//! SQL of the outbox.

use std::time::Duration;

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, Queue, Unreadable};
use crate::{ids::fresh, mail::Mail};

/// The kinds of jobs, and the kinds of mails, that a version knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds<'a> {
    pub(crate) jobs: &'a [&'a str],
    pub(crate) mails: &'a [&'a str],
}

impl Kinds<'static> {
    /// The kinds that this version knows.
    pub(crate) const KNOWN: Self = Self { jobs: &Job::KINDS, mails: &Mail::KINDS };
}

/// A row as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    /// JSON text. Each row is parsed on its own, so that one that cannot be read does not affect the
    /// others.
    pub(crate) job: String,
    pub(crate) traceparent: Option<String>,
}

/// Writes a job, due at `run_at` or at once, with the span that wrote it.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    job: &Job,
    run_at: Option<OffsetDateTime>,
    traceparent: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, job, queue, run_at, traceparent) VALUES ($1, $2, $3, coalesce($4, clock_timestamp()), $5)",
        fresh::<Uuid>(),
        Json(job) as _,
        job.queue().name(),
        run_at,
        traceparent,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes jobs of one queue, due at once, with the span that wrote them.
pub(crate) async fn insert_all(
    tx: &mut PgConnection,
    queue: Queue,
    jobs: &[Job],
    traceparent: Option<&str>,
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = jobs.iter().map(|_| fresh()).collect();
    let jobs: Vec<Json<&Job>> = jobs.iter().map(Json).collect();
    sqlx::query!(
        "
        INSERT INTO outbox (id, job, queue, run_at, traceparent)
        SELECT id, job, $3, clock_timestamp(), $4 FROM unnest($1::uuid[], $2::jsonb[]) AS given (id, job)
        ",
        &ids,
        &jobs as _,
        queue.name(),
        traceparent,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Leases up to `limit` due jobs of the `kinds`, most overdue first, for as long as `lease`. It skips
/// jobs that another relay has leased.
pub(crate) async fn take(
    db: impl PgExecutor<'_>,
    queue: Queue,
    limit: i64,
    lease: Duration,
    kinds: Kinds<'_>,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $3)
        WHERE id IN (
            SELECT id FROM outbox
            WHERE queue = $1 AND run_at <= now() AND (leased_until IS NULL OR leased_until <= now())
                AND CASE job->>'kind' WHEN 'send_mail' THEN job#>>'{mail,about}' = ANY($5) ELSE job->>'kind' = ANY($4) END
            ORDER BY run_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id, job::text AS "job!", traceparent
        "#,
        queue.name(),
        limit,
        lease.as_secs_f64(),
        kinds.jobs as &[&str],
        kinds.mails as &[&str],
    )
    .fetch_all(db)
    .await
}

/// Leases jobs that could not be read for as long as `pause`.
pub(crate) async fn set_aside(db: impl PgExecutor<'_>, ids: &[Uuid], pause: Duration) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => $2) WHERE id = ANY($1)",
        ids,
        pause.as_secs_f64(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Writes a job that came back from its queue, due after `delay`. It gets a new id, because the queue
/// knows the old one and would refuse it.
pub(crate) async fn put_back(
    db: impl PgExecutor<'_>,
    queue: Queue,
    job: &Value,
    traceparent: Option<&str>,
    delay: Duration,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO outbox (id, job, queue, run_at, traceparent)
        VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), $5)
        ",
        fresh::<Uuid>(),
        job,
        queue.name(),
        delay.as_secs_f64(),
        traceparent,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Jobs that are due, and either of kinds other than `kinds` or set aside: leased for longer than
/// `lease`.
pub(crate) async fn unreadable(db: impl PgExecutor<'_>, kinds: Kinds<'_>, lease: Duration) -> sqlx::Result<Unreadable> {
    sqlx::query_as!(
        Unreadable,
        r#"
        SELECT count(*) AS "jobs!", min(id::text)::uuid AS example,
            coalesce(string_agg(DISTINCT left(coalesce(job->>'kind', 'none'), 40), ', '), '') AS "kinds!"
        FROM outbox
        WHERE run_at <= now() AND (
            leased_until > now() + make_interval(secs => $1)
            OR CASE job->>'kind' WHEN 'send_mail' THEN job#>>'{mail,about}' = ANY($3) ELSE job->>'kind' = ANY($2) END IS NOT TRUE
        )
        "#,
        lease.as_secs_f64(),
        kinds.jobs as &[&str],
        kinds.mails as &[&str],
    )
    .fetch_one(db)
    .await
}

/// Ends the lease of jobs.
pub(crate) async fn give_back(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<u64> {
    let done = sqlx::query!("UPDATE outbox SET leased_until = NULL WHERE id = ANY($1)", ids).execute(db).await?;
    Ok(done.rows_affected())
}

pub(crate) async fn delete(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", ids).execute(db).await?.rows_affected())
}

/// Deletes up to `limit` timers that are due and whose orders have ended.
pub(crate) async fn drop_idle_timers(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM outbox WHERE id = ANY(ARRAY(
            SELECT x.id FROM outbox x JOIN orders o ON o.id = CASE
                -- A later version's job may have something else there, and a cast that fails ends the statement.
                WHEN x.job->>'order_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (x.job->>'order_id')::uuid
            END
            WHERE x.queue = $1 AND x.job->>'kind' = 'expire_order' AND x.run_at <= now() AND o.status NOT IN ('created', 'awaiting_payment')
            ORDER BY x.run_at
            LIMIT $2
            FOR UPDATE OF x SKIP LOCKED
        ))
        ",
        Queue::Expiry.name(),
        limit,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
