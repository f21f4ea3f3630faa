//! SQL of mailed codes: of sign-ups, changes of addresses and sign-ins.

use model::{SignUpId, UserId};
use sqlx::{PgConnection, PgExecutor};

use super::{CODE_MINUTES, SignUpToken, purpose::Purpose};
use crate::auth::email::Email;

/// A sign-up to be stored.
pub(super) struct NewSignUp<'a> {
    pub(super) id: SignUpId,
    pub(super) email: &'a Email,
    /// `None` for signing in.
    pub(super) password_hash: Option<&'a str>,
    pub(super) next: Option<&'a str>,
    pub(super) purpose: Purpose,
}

/// Sign-ups with one address run one after the other from here on: each is counted, and one makes the account.
pub(super) async fn lock_address(tx: &mut PgConnection, email: &str) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('sign-up:' || lower($1), 0))", email)
        .execute(tx)
        .await?;
    Ok(())
}

/// Inserts a sign-up. Returns whether a mail may be sent: not if the address has had `per_hour` within an hour, or
/// `per_day` within a day.
pub(super) async fn insert(
    tx: &mut PgConnection,
    new: &NewSignUp<'_>,
    token: &SignUpToken,
    per_hour: i64,
    per_day: i64,
) -> sqlx::Result<bool> {
    let email = new.email.as_str();
    lock_address(tx, email).await?;
    sqlx::query_scalar!(
        r#"
        INSERT INTO sign_ups (id, email, password_hash, browser_hash, next, user_id, is_sign_in, is_mailed)
        SELECT $1, $2, $3, $4, $5, $8, $9, m.within_hour < $6 AND m.within_day < $7 FROM (
            SELECT count(*) FILTER (WHERE requested_at > clock_timestamp() - interval '1 hour') AS within_hour,
                count(*) AS within_day
            FROM sign_ups
            WHERE lower(email) = lower($2) AND is_mailed AND requested_at > clock_timestamp() - interval '1 day'
        ) m
        RETURNING is_mailed
        "#,
        new.id.as_uuid(),
        email,
        new.password_hash,
        &token.hash()[..],
        new.next,
        per_hour,
        per_day,
        new.purpose.user().map(UserId::as_uuid),
        new.purpose.is_sign_in(),
    )
    .fetch_one(tx)
    .await
}

/// A sign-up whose mail is to be sent.
pub(super) struct Due {
    pub(super) email: String,
    pub(super) purpose: Purpose,
}

pub(super) async fn due(db: impl PgExecutor<'_>, id: SignUpId) -> sqlx::Result<Option<Due>> {
    let row = sqlx::query!(
        r#"
        SELECT email, user_id AS "user_id: UserId", is_sign_in FROM sign_ups
        WHERE id = $1 AND ended_at IS NULL AND sent_at IS NULL
            AND requested_at > clock_timestamp() - make_interval(mins => $2)
        "#,
        id.as_uuid(),
        CODE_MINUTES,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let of_browser = if row.is_sign_in { Purpose::SignIn } else { Purpose::SignUp };
        Due { email: row.email, purpose: row.user_id.map_or(of_browser, Purpose::ChangeOfAddress) }
    }))
}

/// Sets the code. Returns whether it did: not if the sign-up has ended.
pub(super) async fn arm(db: impl PgExecutor<'_>, id: SignUpId, hash: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE sign_ups SET code_hash = $2 WHERE id = $1 AND ended_at IS NULL AND sent_at IS NULL",
        id.as_uuid(),
        hash,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

pub(super) async fn mark_sent(db: impl PgExecutor<'_>, id: SignUpId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sign_ups SET sent_at = clock_timestamp() WHERE id = $1", id.as_uuid()).execute(db).await?;
    Ok(())
}

/// The address that a browser signs up or in with, or that an account changes to, until that ends.
pub(super) async fn address_of(
    db: impl PgExecutor<'_>,
    token: &SignUpToken,
    purpose: Purpose,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "
        SELECT email FROM sign_ups
        WHERE browser_hash = $1 AND ended_at IS NULL AND requested_at > clock_timestamp() - make_interval(mins => $2)
            AND user_id IS NOT DISTINCT FROM $3 AND is_sign_in = $4
        ",
        &token.hash()[..],
        CODE_MINUTES,
        purpose.user().map(UserId::as_uuid),
        purpose.is_sign_in(),
    )
    .fetch_optional(db)
    .await
}

/// A sign-up whose code is tried.
pub(super) struct Tried {
    pub(super) id: SignUpId,
    pub(super) email: String,
    /// `None` until the mail is made, and where it brings no code.
    pub(super) code_hash: Option<String>,
}

/// Counts a try at the code of a browser. `None` if it has none for this purpose, that has ended, or it was tried `most` times.
pub(super) async fn count_try(
    db: impl PgExecutor<'_>,
    token: &SignUpToken,
    purpose: Purpose,
    most: i16,
) -> sqlx::Result<Option<Tried>> {
    sqlx::query_as!(
        Tried,
        r#"
        UPDATE sign_ups SET tries = tries + 1
        WHERE browser_hash = $1 AND ended_at IS NULL AND requested_at > clock_timestamp() - make_interval(mins => $2)
            AND tries < $3 AND user_id IS NOT DISTINCT FROM $4 AND is_sign_in = $5
        RETURNING id AS "id: SignUpId", email, code_hash
        "#,
        &token.hash()[..],
        CODE_MINUTES,
        most,
        purpose.user().map(UserId::as_uuid),
        purpose.is_sign_in(),
    )
    .fetch_optional(db)
    .await
}

/// What is stored beside a code that was right.
pub(super) struct UsedUp {
    /// `None` for signing in.
    pub(super) password_hash: Option<String>,
    pub(super) next: Option<String>,
}

/// Ends a sign-up, once.
pub(super) async fn use_up(db: impl PgExecutor<'_>, id: SignUpId) -> sqlx::Result<Option<UsedUp>> {
    sqlx::query_as!(
        UsedUp,
        "
        UPDATE sign_ups SET ended_at = clock_timestamp()
        WHERE id = $1 AND ended_at IS NULL
        RETURNING password_hash, next
        ",
        id.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// Keeps the address that an account had before it changed.
pub(super) async fn keep_old_email(db: impl PgExecutor<'_>, id: SignUpId, old: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sign_ups SET old_email = $2 WHERE id = $1", id.as_uuid(), old).execute(db).await?;
    Ok(())
}

/// The address that an account had before this change.
pub(super) async fn old_email(db: impl PgExecutor<'_>, id: SignUpId) -> sqlx::Result<Option<String>> {
    let old = sqlx::query_scalar!("SELECT old_email FROM sign_ups WHERE id = $1", id.as_uuid());
    Ok(old.fetch_optional(db).await?.flatten())
}

/// Ends all changes of an account's address.
pub(super) async fn end_changes_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sign_ups SET ended_at = clock_timestamp() WHERE user_id = $1 AND ended_at IS NULL",
        user.as_uuid(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends all sign-ups with an address: it has an account now.
pub(super) async fn end_of(db: impl PgExecutor<'_>, email: &Email) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sign_ups SET ended_at = clock_timestamp() WHERE lower(email) = lower($1) AND ended_at IS NULL",
        email.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes sign-ups that count against no limit.
pub(in crate::auth) async fn delete_stale(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM sign_ups WHERE id = ANY(ARRAY(
            SELECT id FROM sign_ups WHERE requested_at < now() - interval '1 day'
            ORDER BY requested_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}
