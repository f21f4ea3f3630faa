//! SQL of idempotency keys.

use sqlx::{PgExecutor, types::Json};

use super::{Answer, IdempotentRequest};

/// Stores that a request is running, if its key allows it: the key is unknown or a day old; or it belongs
/// to the same request, which has been running for a minute or whose answer is not stored. Returns
/// whether it was stored.
pub(super) async fn claim(db: impl PgExecutor<'_>, call: &IdempotentRequest) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO idempotency_keys AS known (user_id, key, endpoint, body_hash) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, key) DO UPDATE
        SET endpoint = $3, body_hash = $4, answer = NULL, is_answered = false, created_at = clock_timestamp()
        WHERE known.created_at < clock_timestamp() - interval '24 hours'
            OR known.endpoint = $3 AND known.body_hash = $4 AND known.answer IS NULL
                AND (known.is_answered OR known.created_at < clock_timestamp() - interval '1 minute')
        ",
        call.user.as_uuid(),
        call.key,
        call.endpoint,
        &call.body_hash[..],
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The stored state of a key.
pub(super) struct Known {
    pub(super) is_same: bool,
    pub(super) answer: Option<Answer>,
}

pub(super) async fn find(db: impl PgExecutor<'_>, call: &IdempotentRequest) -> sqlx::Result<Option<Known>> {
    let row = sqlx::query!(
        r#"
        SELECT endpoint = $3 AND body_hash = $4 AS "is_same!", answer AS "answer: Json<Answer>"
        FROM idempotency_keys WHERE user_id = $1 AND key = $2
        "#,
        call.user.as_uuid(),
        call.key,
        call.endpoint,
        &call.body_hash[..],
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Known { is_same: row.is_same, answer: row.answer.map(|Json(answer)| answer) }))
}

/// Stores that a request was answered, and its answer where that is kept.
pub(super) async fn answer(
    db: impl PgExecutor<'_>,
    call: &IdempotentRequest,
    answer: Option<&Answer>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        UPDATE idempotency_keys SET is_answered = true, answer = $5
        WHERE user_id = $1 AND key = $2 AND endpoint = $3 AND body_hash = $4 AND NOT is_answered
        ",
        call.user.as_uuid(),
        call.key,
        call.endpoint,
        &call.body_hash[..],
        answer.map(Json) as Option<Json<&Answer>>,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Frees the key of a request that failed.
pub(super) async fn forget(db: impl PgExecutor<'_>, call: &IdempotentRequest) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND endpoint = $3 AND body_hash = $4 AND NOT is_answered",
        call.user.as_uuid(),
        call.key,
        call.endpoint,
        &call.body_hash[..],
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes up to `limit` keys that are older than a day. Returns how many.
///
/// A row is named by its place: an array cannot hold a key of two columns, and for a join PostgreSQL may read the whole
/// table. A row that moves before it is locked is left to the next run.
pub(super) async fn delete_old(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM idempotency_keys
            WHERE created_at < now() - interval '24 hours'
            ORDER BY created_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))
        ",
        limit,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
