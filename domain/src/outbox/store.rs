//! SQL of the outbox.

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, relay::Entry};

/// Writes a job, due at `run_at` or now.
pub(crate) async fn insert(tx: &mut PgConnection, job: &Job, run_at: Option<OffsetDateTime>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO outbox (id, job, run_at) VALUES ($1, $2, coalesce($3, clock_timestamp()))",
        Uuid::now_v7(),
        Json(job) as _,
        run_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes up to `limit` jobs, oldest first, until the end of the transaction. Those that another
/// relay has taken are left to it.
pub(crate) async fn take(tx: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"SELECT id, job AS "job: Json<Job>", run_at FROM outbox ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED"#,
        limit,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| Entry { id: row.id, job: row.job.0, run_at: row.run_at }).collect())
}

pub(crate) async fn delete(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", ids).execute(db).await?.rows_affected())
}
