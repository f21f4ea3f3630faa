//! SQL of reminding buyers of their locks.

use std::time::Duration;

use sqlx::PgExecutor;

use crate::outbox::Queue;

/// Reminds the buyers of up to `limit` orders that are older than `age` and still locked for `left`, soonest end first. It
/// skips orders that another transaction is changing, such as one that begins a payment.
pub(super) async fn remind(db: impl PgExecutor<'_>, age: Duration, left: Duration, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        WITH due AS (
            SELECT o.id FROM orders o
            WHERE o.id IN (
                SELECT t.order_id FROM tickets t
                WHERE t.status = 'listed' AND NOT t.has_payment AND t.held_until > statement_timestamp() + make_interval(secs => $2)
            )
                AND o.status = 'created' AND o.reminded_at IS NULL AND NOT o.from_waitlist
                AND o.created_at <= statement_timestamp() - make_interval(secs => $1)
            ORDER BY o.created_at LIMIT $3
            FOR NO KEY UPDATE OF o SKIP LOCKED
        ), noted AS (
            UPDATE orders o SET reminded_at = clock_timestamp() FROM due WHERE o.id = due.id RETURNING o.id
        )
        INSERT INTO outbox (id, job, queue, run_at)
        SELECT uuid_by_clock(), jsonb_build_object(
            'kind', 'send_mail', 'mail', jsonb_build_object('about', 'lock_left', 'order_id', id)
        ), $4, clock_timestamp() FROM noted
        ",
        age.as_secs_f64(),
        left.as_secs_f64(),
        limit,
        Queue::Mail.name(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
