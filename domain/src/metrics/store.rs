//! SQL of what waits: reads only, and by indexes.

use sqlx::PgConnection;

/// Work that the sweeps would take up.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) overdue_lock_s: f64,
    pub(crate) event_s: f64,
    pub(crate) events: i64,
}

pub(crate) async fn work(db: &mut PgConnection) -> sqlx::Result<Work> {
    sqlx::query_as!(
        Work,
        r#"
        SELECT
            coalesce(extract(epoch FROM now() - (
                SELECT min(expires_at) FROM orders WHERE status IN ('created', 'awaiting_payment') AND expires_at < now()
            )), 0)::float8 AS "overdue_lock_s!",
            coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 AS "event_s!",
            count(*) AS "events!"
        FROM stripe_events WHERE handled_at IS NULL
        "#,
    )
    .fetch_one(db)
    .await
}

/// The jobs of one queue that wait in the outbox.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) queue: String,
    /// Those that are due.
    pub(crate) jobs: i64,
    /// Until the next is; below zero where one has been for a while.
    pub(crate) next_s: f64,
}

/// Those of the queues for which something waits.
pub(crate) async fn due(db: &mut PgConnection, queues: &[&str]) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as!(
        Due,
        r#"
        SELECT name AS "queue!", (SELECT count(*) FROM outbox WHERE queue = name AND run_at <= now()) AS "jobs!",
            extract(epoch FROM next.run_at - now())::float8 AS "next_s!"
        FROM unnest($1::text[]) AS name, LATERAL (SELECT run_at FROM outbox WHERE queue = name ORDER BY run_at LIMIT 1) AS next
        "#,
        queues as &[&str],
    )
    .fetch_all(db)
    .await
}
