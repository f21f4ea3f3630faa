//! SQL of reset links.

use model::{ResetId, UserId};
use sqlx::{PgConnection, PgExecutor};

use super::{LINK_MINUTES, ResetToken};
use crate::auth::email::{Email, Spellings};

/// Stores that a link was requested and voids the requests before it. Returns whether it was stored:
/// beyond `limit` within an hour it is not, unless the last request is older than `pause_minutes`.
///
/// It depends on the address alone, whether or not there is an account.
pub(crate) async fn note_request(
    tx: &mut PgConnection,
    id: ResetId,
    email: &Email,
    limit: i64,
    pause_minutes: i32,
) -> sqlx::Result<bool> {
    let email = email.as_str();
    // Requests for one address run one after the other, so that each is counted and only the last one is
    // valid.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('reset:' || lower($1), 0))", email)
        .execute(&mut *tx)
        .await?;
    let may_ask = sqlx::query_scalar!(
        r#"
        SELECT count(*) < $2 OR max(requested_at) <= clock_timestamp() - make_interval(mins => $3) AS "may_ask!"
        FROM password_resets
        WHERE email = lower($1) AND requested_at > clock_timestamp() - interval '1 hour'
        "#,
        email,
        limit,
        pause_minutes,
    )
    .fetch_one(&mut *tx)
    .await?;
    if !may_ask {
        return Ok(false);
    }
    end_of(&mut *tx, email).await?;
    sqlx::query!("INSERT INTO password_resets (id, email) VALUES ($1, lower($2))", id.as_uuid(), email)
        .execute(&mut *tx)
        .await?;
    Ok(true)
}

/// Voids the earlier requests for an address, mailed or not. Returns how many.
pub(crate) async fn end_of(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE password_resets SET ended_at = clock_timestamp() WHERE email = lower($1) AND ended_at IS NULL",
        email
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// Gives a request its token and returns the account's address, if there is an account and the mail was
/// not sent yet. An earlier token of the request becomes invalid.
pub(crate) async fn arm(db: &mut PgConnection, id: ResetId, token: &ResetToken) -> sqlx::Result<Option<String>> {
    let asked = sqlx::query_scalar!("SELECT email FROM password_resets WHERE id = $1", id.as_uuid());
    let Some(asked) = asked.fetch_optional(&mut *db).await? else { return Ok(None) };
    // Accounts of earlier versions have the host in letters.
    let Spellings { coded, in_letters, .. } = Spellings::of(&asked);
    sqlx::query_scalar!(
        r#"
        UPDATE password_resets r
        SET user_id = u.id, token_hash = $2, expires_at = clock_timestamp() + make_interval(mins => $3)
        FROM (
            SELECT id, email FROM users WHERE lower(email) IN (lower($4), lower($5))
            ORDER BY lower(email) = lower($4) DESC LIMIT 1
        ) u
        WHERE r.id = $1 AND r.ended_at IS NULL AND r.sent_at IS NULL
            AND r.requested_at > clock_timestamp() - make_interval(mins => $3)
        RETURNING u.email AS "email!"
        "#,
        id.as_uuid(),
        &token.hash()[..],
        LINK_MINUTES,
        coded,
        in_letters,
    )
    .fetch_optional(db)
    .await
}

/// Marks the mail with this token as sent, so that a job that runs twice sends one mail.
pub(crate) async fn mark_sent(db: impl PgExecutor<'_>, token: &ResetToken) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE password_resets SET sent_at = clock_timestamp() WHERE token_hash = $1 AND sent_at IS NULL",
        &token.hash()[..]
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// The address of the account whose password a token sets, if the token is valid at this moment.
pub(crate) async fn account_of(db: impl PgExecutor<'_>, token: &ResetToken) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT u.email AS "email!" FROM password_resets r JOIN users u ON u.id = r.user_id
        WHERE r.token_hash = $1 AND r.ended_at IS NULL AND r.expires_at > clock_timestamp()
        "#,
        &token.hash()[..]
    )
    .fetch_optional(db)
    .await
}

/// Uses up a token and returns its account, if the token was valid.
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

/// Deletes up to `limit` requests that are invalid and count against no limit. Returns how many.
pub(crate) async fn delete_stale(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM password_resets WHERE id = ANY(ARRAY(
            SELECT id FROM password_resets WHERE requested_at < now() - interval '1 day'
            ORDER BY requested_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}
