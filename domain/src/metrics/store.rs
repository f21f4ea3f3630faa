//! SQL of the backlog. It only reads, by indexes.

use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};

use crate::outbox::store::Kinds;

/// Work that the sweeps would do.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) overdue_lock_s: f64,
    pub(crate) event_s: f64,
    pub(crate) events: i64,
    /// Disputes that no bank has decided yet.
    pub(crate) disputes: i64,
    /// Those that wait for an answer of the shop.
    pub(crate) unanswered: i64,
    /// Early fraud warnings of the last 30 days that a refund can still follow.
    pub(crate) fraud_warnings: i64,
    /// Movements of which Stripe and the ledger say different things.
    pub(crate) ledger_differences: i64,
}

pub(crate) async fn work(db: impl PgExecutor<'_>) -> sqlx::Result<Work> {
    sqlx::query_as!(
        Work,
        r#"
        SELECT
            coalesce(extract(epoch FROM now() - (
                SELECT min(held_until) FROM tickets WHERE status = 'listed' AND held_until < now()
            )), 0)::float8 AS "overdue_lock_s!",
            coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 AS "event_s!",
            count(*) AS "events!",
            (
                SELECT count(*) FROM disputes WHERE status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review')
            ) AS "disputes!",
            (
                SELECT count(*) FROM disputes WHERE status IN ('warning_needs_response', 'needs_response')
            ) AS "unanswered!",
            (SELECT count(*) FROM fraud_warnings WHERE made_at > now() - interval '30 days' AND is_actionable) AS "fraud_warnings!",
            (SELECT count(*) FROM ledger_differences WHERE closed_at IS NULL) AS "ledger_differences!"
        FROM stripe_events WHERE handled_at IS NULL
        "#,
    )
    .fetch_one(db)
    .await
}

/// The jobs of one queue in the outbox.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) queue: String,
    /// The jobs that are due.
    pub(crate) jobs: i64,
    /// The jobs that are due and that this version cannot read: of an unknown kind, or set aside.
    pub(crate) unreadable: i64,
    /// Seconds until the next job is due; negative if one is overdue, `None` if there is none.
    pub(crate) next_s: Option<f64>,
}

/// The jobs in each queue. A job that is leased for longer than `lease` is set aside.
pub(crate) async fn due(
    db: &mut PgConnection,
    queues: &[&str],
    kinds: Kinds<'_>,
    lease: Duration,
) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as!(
        Due,
        r#"
        SELECT name AS "queue!", due.jobs AS "jobs!", due.unreadable AS "unreadable!",
            extract(epoch FROM next.run_at - now())::float8 AS next_s
        FROM unnest($1::text[]) AS name
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE is_readable) AS jobs, count(*) FILTER (WHERE NOT is_readable) AS unreadable
            FROM (
                SELECT coalesce(leased_until <= now() + make_interval(secs => $4), true)
                    AND CASE job->>'kind' WHEN 'send_mail' THEN job#>>'{mail,about}' = ANY($3) ELSE job->>'kind' = ANY($2) END
                    IS TRUE AS is_readable
                FROM outbox WHERE queue = name AND run_at <= now()
            ) AS due
        ) AS due
        LEFT JOIN LATERAL (
            SELECT run_at FROM outbox
            WHERE queue = name AND coalesce(leased_until <= now() + make_interval(secs => $4), true)
                AND CASE job->>'kind' WHEN 'send_mail' THEN job#>>'{mail,about}' = ANY($3) ELSE job->>'kind' = ANY($2) END
            ORDER BY run_at LIMIT 1
        ) AS next ON true
        "#,
        queues as &[&str],
        kinds.jobs as &[&str],
        kinds.mails as &[&str],
        lease.as_secs_f64(),
    )
    .fetch_all(db)
    .await
}
