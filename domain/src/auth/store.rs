//! SQL of accounts and sessions.

use model::{SessionId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{
    attempts_store,
    browser::Browser,
    email::{Email, Spellings, key},
    session::{ABSOLUTE_DAYS, IDLE_DAYS, SessionToken},
};

/// Inserts an account with an address that is verified, unless the address has one. Returns whether it did.
///
/// A taken address must not be an error in PostgreSQL: its log would hold the address.
pub(crate) async fn insert_user(
    db: impl PgExecutor<'_>,
    id: UserId,
    email: &Email,
    password_hash: &str,
) -> sqlx::Result<bool> {
    let older = email.spellings();
    // No account is stored under an older spelling any more, so the index decides between two sign-ups at once.
    let done = sqlx::query!(
        "
        INSERT INTO users (id, email, password_hash, email_verified_at)
        SELECT $1, $2, $3, clock_timestamp() WHERE NOT EXISTS (SELECT FROM users WHERE lower(email) IN (lower($4), lower($5)))
        ON CONFLICT (lower(email)) DO NOTHING
        ",
        id.as_uuid(),
        email.as_str(),
        password_hash,
        older.typed,
        older.in_letters,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The user with this address, in upper or lower case, and the hash of their password. Of two accounts of one mailbox,
/// which earlier versions made, it is the one that is stored as typed.
pub(crate) async fn find_by_email(
    db: impl PgExecutor<'_>,
    email: &Spellings,
) -> sqlx::Result<Option<(UserId, String)>> {
    let row = sqlx::query!(
        r#"
        SELECT id AS "id: UserId", password_hash AS "hash!" FROM users
        WHERE lower(email) IN (lower($1), lower($2), lower($3))
        ORDER BY lower(email) = lower($1) DESC, lower(email) = lower($2) DESC
        LIMIT 1
        "#,
        email.typed,
        email.coded,
        email.in_letters,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.hash)))
}

/// Makes an account an operator's, if its address is verified, or a member's. Returns whether it did: the account may
/// have been deleted.
pub(super) async fn set_operator(db: impl PgExecutor<'_>, user: UserId, is_operator: bool) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE users SET role = CASE WHEN $2 THEN 'operator' ELSE 'member' END
        WHERE id = $1 AND deleted_at IS NULL AND (email_verified_at IS NOT NULL OR NOT $2)
        ",
        user.as_uuid(),
        is_operator,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// The operators, in the order of their addresses.
pub(crate) async fn operator_ids(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(r#"SELECT id AS "id: UserId" FROM users WHERE role = 'operator' ORDER BY email"#)
        .fetch_all(db)
        .await
}

/// The address of an operator's account; `None` if the user is no operator.
pub(crate) async fn operator_email(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    let email = sqlx::query_scalar!("SELECT email FROM users WHERE id = $1 AND role = 'operator'", user.as_uuid());
    Ok(email.fetch_optional(db).await?.flatten())
}

/// The addresses of the operators' accounts, in alphabetical order.
pub(super) async fn operators(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(r#"SELECT email AS "email!" FROM users WHERE role = 'operator' ORDER BY email"#)
        .fetch_all(db)
        .await
}

/// The address of an account, or `None` once it is deleted.
pub(super) async fn email_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    let email = sqlx::query_scalar!("SELECT email FROM users WHERE id = $1", user.as_uuid());
    Ok(email.fetch_optional(db).await?.flatten())
}

/// The hash of a user's password, or `None` once the account is deleted.
pub(crate) async fn password_hash(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<String>> {
    let hash = sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1", user.as_uuid());
    Ok(hash.fetch_optional(db).await?.flatten())
}

/// Replaces a password hash. Returns whether `old` was still the account's.
pub(crate) async fn replace_password(
    db: impl PgExecutor<'_>,
    user: UserId,
    old: &str,
    new: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        user.as_uuid(),
        old,
        new
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets a password hash, whatever the old one was, and deletes the attempts at the old password. Who does it has read
/// the mail to the address, which is verified by that. Returns whether it did: not if the account was deleted meanwhile.
pub(crate) async fn set_password(tx: &mut PgConnection, user: UserId, hash: &str) -> sqlx::Result<bool> {
    let email = sqlx::query_scalar!(
        r#"
        UPDATE users SET password_hash = $2, email_verified_at = coalesce(email_verified_at, clock_timestamp())
        WHERE id = $1 AND deleted_at IS NULL RETURNING email AS "email!"
        "#,
        user.as_uuid(),
        hash
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(email) = email else { return Ok(false) };
    attempts_store::forgive_attempts(tx, &key(&email)).await?;
    Ok(true)
}

/// Verifies the address of an account whose owner has read a mail to it.
pub(super) async fn verify_email(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE users SET email_verified_at = clock_timestamp() WHERE id = $1 AND email_verified_at IS NULL AND deleted_at IS NULL",
        user.as_uuid(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What became of a change of an address.
pub(super) enum EmailChange {
    /// The account has it.
    Changed { old: String },
    /// Another account has it.
    Taken,
    /// The account is deleted, or has another password than was verified.
    OtherPassword,
}

/// Gives an account another address, which is verified. The caller holds the lock of the address.
///
/// A taken address must not be an error in PostgreSQL: its log would hold the address.
pub(super) async fn change_email(
    tx: &mut PgConnection,
    user: UserId,
    verified: &str,
    email: &Email,
) -> sqlx::Result<EmailChange> {
    let old = sqlx::query_scalar!(
        r#"SELECT email AS "email!" FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE"#,
        user.as_uuid(),
        verified,
    );
    let Some(old) = old.fetch_optional(&mut *tx).await? else { return Ok(EmailChange::OtherPassword) };
    let older = email.spellings();
    let done = sqlx::query!(
        "
        UPDATE users SET email = $2, email_verified_at = clock_timestamp()
        WHERE id = $1 AND NOT EXISTS (
            SELECT FROM users t WHERE t.id <> $1 AND lower(t.email) IN (lower($2), lower($3), lower($4))
        )
        ",
        user.as_uuid(),
        email.as_str(),
        older.typed,
        older.in_letters,
    )
    .execute(tx)
    .await?;
    Ok(if done.rows_affected() == 1 { EmailChange::Changed { old } } else { EmailChange::Taken })
}

/// Begins a session that replaces the browser's present one. Returns whether it did: not if `verified`
/// differs from the account's password hash, or the account has a second factor that was not shown.
///
/// The account's row is locked in share mode until the end of the transaction: a change of the password,
/// which ends all sessions, either commits before this statement or sees this session.
pub(crate) async fn insert_session(
    tx: &mut PgConnection,
    token: &SessionToken,
    user: UserId,
    verified: &str,
    browser: &Browser,
    has_second_factor: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO sessions (token_hash, user_id, device, expires_at, second_factor_at)
        SELECT $1, id, $4, clock_timestamp() + make_interval(days => $5), CASE WHEN $6 THEN clock_timestamp() END
        FROM users
        WHERE id = $2 AND password_hash = $3
            AND ($6 OR NOT EXISTS (SELECT FROM second_factors WHERE user_id = $2 AND confirmed_at IS NOT NULL))
        FOR SHARE
        ",
        &token.hash()[..],
        user.as_uuid(),
        verified,
        browser.device(),
        ABSOLUTE_DAYS,
        has_second_factor,
    )
    .execute(&mut *tx)
    .await?;
    if let Some(replaced) = browser.session() {
        delete_session(tx, replaced).await?;
    }
    Ok(done.rows_affected() == 1)
}

/// The user of a session that has not ended.
pub(super) async fn user_of_session(db: impl PgExecutor<'_>, token: &SessionToken) -> sqlx::Result<Option<UserId>> {
    let user = sqlx::query_scalar!(
        r#"SELECT user_id AS "id: UserId" FROM sessions WHERE token_hash = $1 AND expires_at > now()"#,
        &token.hash()[..]
    );
    user.fetch_optional(db).await
}

pub(crate) async fn touch_session(db: impl PgExecutor<'_>, token: &SessionToken) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sessions SET last_seen_at = clock_timestamp() WHERE token_hash = $1", &token.hash()[..])
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete_session(db: impl PgExecutor<'_>, token: &SessionToken) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM sessions WHERE token_hash = $1", &token.hash()[..]).execute(db).await?.rows_affected())
}

pub(crate) async fn delete_sessions_of(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.as_uuid()).execute(db).await?.rows_affected())
}

/// Ends one session, if it is the user's.
pub(crate) async fn delete_session_of(db: impl PgExecutor<'_>, user: UserId, id: SessionId) -> sqlx::Result<u64> {
    let done = sqlx::query!("DELETE FROM sessions WHERE id = $1 AND user_id = $2", id.as_uuid(), user.as_uuid());
    Ok(done.execute(db).await?.rows_affected())
}

/// Marks a session: its user has shown the second factor.
pub(super) async fn mark_second_factor(db: impl PgExecutor<'_>, token: &SessionToken) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sessions SET second_factor_at = clock_timestamp() WHERE token_hash = $1", &token.hash()[..])
        .execute(db)
        .await?;
    Ok(())
}

/// Takes the mark from all of a user's sessions: they have no second factor any more.
pub(super) async fn unmark_second_factor(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sessions SET second_factor_at = NULL WHERE user_id = $1", user.as_uuid()).execute(db).await?;
    Ok(())
}

/// Ends all of a user's sessions but one.
pub(crate) async fn delete_other_sessions(
    db: impl PgExecutor<'_>,
    user: UserId,
    kept: &SessionToken,
) -> sqlx::Result<u64> {
    let done =
        sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2", user.as_uuid(), &kept.hash()[..]);
    Ok(done.execute(db).await?.rows_affected())
}

/// A session, for the list that its owner sees.
pub(crate) struct SessionRow {
    pub(crate) id: SessionId,
    pub(crate) device: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) last_seen_at: OffsetDateTime,
    pub(crate) is_this: bool,
}

/// Up to `limit` live sessions of a user, the one used last first.
pub(crate) async fn sessions_of(
    db: impl PgExecutor<'_>,
    user: UserId,
    here: &SessionToken,
    limit: i64,
) -> sqlx::Result<Vec<SessionRow>> {
    sqlx::query_as!(
        SessionRow,
        r#"
        SELECT id AS "id: SessionId", device, created_at, last_seen_at, token_hash = $2 AS "is_this!"
        FROM sessions
        WHERE user_id = $1 AND expires_at > now() AND last_seen_at > now() - make_interval(days => $3)
        ORDER BY last_seen_at DESC
        LIMIT $4
        "#,
        user.as_uuid(),
        &here.hash()[..],
        IDLE_DAYS,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Deletes up to `limit` sessions that are past their last day. Returns how many.
///
/// The keys are an array because PostgreSQL joins `IN (SELECT …)`, for which it may read the whole table. Sessions
/// without use are another statement: no index finds what is true of one of two columns, in its order.
pub(crate) async fn delete_expired_sessions(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM sessions WHERE token_hash = ANY(ARRAY(
            SELECT token_hash FROM sessions WHERE expires_at < now()
            ORDER BY expires_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// Deletes up to `limit` sessions that were not used for too long. Returns how many.
pub(crate) async fn delete_idle_sessions(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM sessions WHERE token_hash = ANY(ARRAY(
            SELECT token_hash FROM sessions WHERE last_seen_at < now() - make_interval(days => $1)
            ORDER BY last_seen_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ))",
        IDLE_DAYS,
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}
