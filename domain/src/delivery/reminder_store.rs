//! SQL of reminding sellers of their promises.

use sqlx::PgExecutor;

use crate::outbox::Queue;

/// Reminds the sellers of up to `limit` orders whose promise ends within some of these `days`, soonest first. It skips orders
/// that another transaction is changing.
pub(super) async fn remind(db: impl PgExecutor<'_>, days: &[i16], limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        WITH due AS (
            SELECT o.id, (
                SELECT min(d) FROM unnest($1::smallint[]) d
                WHERE o.promised_until - make_interval(days => d) BETWEEN o.ended_at AND statement_timestamp()
            ) AS days
            FROM orders o
            WHERE o.promised_until > statement_timestamp()
                AND o.promised_until <= statement_timestamp() + make_interval(days => (SELECT max(d) FROM unnest($1::smallint[]) d))
                AND o.status IN ('complete', 'partly_refunded')
                AND EXISTS (
                    SELECT FROM unnest($1::smallint[]) d
                    WHERE o.promised_until - make_interval(days => d) BETWEEN o.ended_at AND statement_timestamp()
                        AND (o.reminded_days IS NULL OR o.reminded_days > d)
                )
            ORDER BY o.promised_until LIMIT $2
            FOR NO KEY UPDATE OF o SKIP LOCKED
        ), noted AS (
            UPDATE orders o SET reminded_days = due.days FROM due WHERE o.id = due.id RETURNING o.id
        )
        INSERT INTO outbox (id, job, queue, run_at)
        SELECT uuid_by_clock(), jsonb_build_object(
            'kind', 'send_mail', 'mail', jsonb_build_object('about', 'deliverables_missing', 'order_id', id)
        ), $3, clock_timestamp() FROM noted
        ",
        days,
        limit,
        Queue::Mail.name(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
