//! SQL of links that set a password.

use model::{ResetId, UserId, auth::Email};
use sqlx::{PgConnection, PgExecutor};

use super::{LINK_MINUTES, ResetToken};

/// Notes that a link was asked for, and voids those before it. Returns whether it was noted: not
/// past `limit` within an hour.
///
/// All of it looks at the address alone, whether or not it has an account.
pub(crate) async fn note_request(tx: &mut PgConnection, id: ResetId, email: &Email, limit: i64) -> sqlx::Result<bool> {
    let email = email.as_str();
    // One address at a time: requests at the same moment count, and only the last of them is good.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('reset:' || lower($1), 0))", email)
        .execute(&mut *tx)
        .await?;
    let requests = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM password_resets
        WHERE email = lower($1) AND requested_at > clock_timestamp() - interval '1 hour'
        "#,
        email
    )
    .fetch_one(&mut *tx)
    .await?;
    if requests >= limit {
        return Ok(false);
    }
    end_of(&mut *tx, email).await?;
    sqlx::query!("INSERT INTO password_resets (id, email) VALUES ($1, lower($2))", id.as_uuid(), email)
        .execute(&mut *tx)
        .await?;
    Ok(true)
}

/// Voids what was asked for an address so far, mailed or still to be mailed. Returns how many.
pub(crate) async fn end_of(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE password_resets SET ended_at = clock_timestamp() WHERE email = lower($1) AND ended_at IS NULL",
        email
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// Gives a request its token and answers with the account's address, if it has an account and its
/// mail is still to be sent. A token it had before opens nothing from then on.
pub(crate) async fn arm(db: impl PgExecutor<'_>, id: ResetId, token: &ResetToken) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        UPDATE password_resets r
        SET user_id = u.id, token_hash = $2, expires_at = clock_timestamp() + make_interval(mins => $3)
        FROM users u
        WHERE r.id = $1 AND lower(u.email) = r.email AND r.ended_at IS NULL AND r.sent_at IS NULL
            AND r.requested_at > clock_timestamp() - make_interval(mins => $3)
        RETURNING u.email AS "email!"
        "#,
        id.as_uuid(),
        &token.hash()[..],
        LINK_MINUTES,
    )
    .fetch_optional(db)
    .await
}

/// Notes that the mail with this token is on its way, so that the job done twice sends one.
pub(crate) async fn mark_sent(db: impl PgExecutor<'_>, token: &ResetToken) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE password_resets SET sent_at = clock_timestamp() WHERE token_hash = $1 AND sent_at IS NULL",
        &token.hash()[..]
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Whether a token is good at this moment.
pub(crate) async fn is_good(db: impl PgExecutor<'_>, token: &ResetToken) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM password_resets WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()
        ) AS "is_good!"
        "#,
        &token.hash()[..]
    )
    .fetch_one(db)
    .await
}

/// Uses a token up and answers with whose it was, if it was good.
pub(crate) async fn use_up(db: impl PgExecutor<'_>, token: &ResetToken) -> sqlx::Result<Option<UserId>> {
    let user = sqlx::query_scalar!(
        r#"
        UPDATE password_resets SET ended_at = clock_timestamp()
        WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()
        RETURNING user_id AS "user_id: UserId"
        "#,
        &token.hash()[..]
    )
    .fetch_optional(db)
    .await?;
    Ok(user.flatten())
}

/// Deletes up to `limit` requests that no longer open anything or count. Returns how many.
pub(crate) async fn delete_stale(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM password_resets WHERE id IN (
            SELECT id FROM password_resets WHERE requested_at < now() - interval '1 day' LIMIT $1
        )",
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}
