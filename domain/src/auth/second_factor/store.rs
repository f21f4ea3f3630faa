//! SQL of second factors.

use model::UserId;
use platform::sealing::Sealed;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{
    bounds::{SET_UP_MINUTES, SIGN_IN_MINUTES, TRIES_MINUTES},
    token::SignInToken,
};

/// A second factor whose code is tried.
pub(super) struct Tried {
    key_id: String,
    sealed: Vec<u8>,
    /// The sealed recovery codes of a set-up.
    pub(super) sealed_recovery: Option<Vec<u8>>,
    /// This one included.
    pub(super) tries: i16,
    /// When they count no more.
    pub(super) until: OffsetDateTime,
    pub(super) now: OffsetDateTime,
}

impl Tried {
    pub(super) fn sealed(&self) -> Sealed {
        Sealed { key_id: self.key_id.clone(), bytes: self.sealed.clone() }
    }

    pub(super) fn sealed_recovery(&self) -> Option<Sealed> {
        Some(Sealed { key_id: self.key_id.clone(), bytes: self.sealed_recovery.clone()? })
    }
}

/// Counts a try at a user's second factor, or at a set-up that is under way. `None` if there is none.
pub(super) async fn count_try(
    db: impl PgExecutor<'_>,
    user: UserId,
    is_confirmed: bool,
) -> sqlx::Result<Option<Tried>> {
    sqlx::query_as!(
        Tried,
        r#"
        UPDATE second_factors SET
            -- No more than the type holds: past the bound one more is one as many.
            tries = CASE WHEN tries_since > clock_timestamp() - make_interval(mins => $3) THEN least(tries + 1, 1000) ELSE 1 END,
            tries_since = CASE WHEN tries_since > clock_timestamp() - make_interval(mins => $3) THEN tries_since ELSE clock_timestamp() END
        WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2
            AND ($2 OR begun_at > clock_timestamp() - make_interval(mins => $4))
        RETURNING key_id, sealed, sealed_recovery, tries, tries_since + make_interval(mins => $3) AS "until!",
            clock_timestamp() AS "now!"
        "#,
        user.as_uuid(),
        is_confirmed,
        TRIES_MINUTES,
        SET_UP_MINUTES,
    )
    .fetch_optional(db)
    .await
}

/// Uses up a step and all before it. Returns whether it did: not if it was used.
pub(super) async fn use_step(db: impl PgExecutor<'_>, user: UserId, step: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE second_factors SET last_step = $2, tries = 0 WHERE user_id = $1 AND last_step < $2",
        user.as_uuid(),
        step,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Uses up a recovery code. Returns whether it was one.
pub(super) async fn use_recovery_code(db: impl PgExecutor<'_>, user: UserId, hash: &[u8]) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        WITH used AS (DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2 RETURNING user_id)
        UPDATE second_factors SET tries = 0 WHERE user_id IN (SELECT user_id FROM used)
        ",
        user.as_uuid(),
        hash,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// A user's second factor, or a set-up that is under way.
pub(super) struct Standing {
    key_id: String,
    sealed: Vec<u8>,
    sealed_recovery: Option<Vec<u8>>,
    pub(super) codes_left: i64,
}

impl Standing {
    /// The secret and the recovery codes of a set-up; `None` once it is confirmed.
    pub(super) fn set_up(&self) -> Option<(Sealed, Sealed)> {
        let of = |bytes: &Vec<u8>| Sealed { key_id: self.key_id.clone(), bytes: bytes.clone() };
        Some((of(&self.sealed), of(self.sealed_recovery.as_ref()?)))
    }
}

pub(super) async fn standing(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Option<Standing>> {
    sqlx::query_as!(
        Standing,
        r#"
        SELECT key_id, sealed, sealed_recovery,
            (SELECT count(*) FROM recovery_codes WHERE user_id = $1) AS "codes_left!"
        FROM second_factors
        WHERE user_id = $1 AND (confirmed_at IS NOT NULL OR begun_at > now() - make_interval(mins => $2))
        "#,
        user.as_uuid(),
        SET_UP_MINUTES,
    )
    .fetch_optional(db)
    .await
}

/// Whether signing in asks for a code.
pub(super) async fn is_on(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<bool> {
    let is_on = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS "is_on!""#,
        user.as_uuid(),
    );
    is_on.fetch_one(db).await
}

/// Begins a set-up, which replaces one under way. The tries stay counted. Returns whether it did: not if the user has a
/// second factor, or `verified` is no longer the hash of their password.
pub(super) async fn begin(
    db: impl PgExecutor<'_>,
    user: UserId,
    verified: &str,
    secret: &Sealed,
    recovery: &Sealed,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO second_factors AS f (user_id, key_id, sealed, sealed_recovery)
        SELECT id, $3, $4, $5 FROM users WHERE id = $1 AND password_hash = $2 FOR KEY SHARE
        ON CONFLICT (user_id) DO UPDATE SET
            key_id = excluded.key_id, sealed = excluded.sealed, sealed_recovery = excluded.sealed_recovery,
            begun_at = excluded.begun_at, last_step = 0
        WHERE f.confirmed_at IS NULL
        ",
        user.as_uuid(),
        verified,
        secret.key_id,
        secret.bytes,
        recovery.bytes,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Confirms the set-up with this sealed secret. Returns whether it did: not if another one replaced it.
pub(super) async fn confirm(tx: &mut PgConnection, user: UserId, sealed: &Sealed) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE second_factors SET confirmed_at = clock_timestamp(), sealed_recovery = NULL
        WHERE user_id = $1 AND sealed = $2 AND confirmed_at IS NULL
        ",
        user.as_uuid(),
        sealed.bytes,
    );
    Ok(done.execute(tx).await?.rows_affected() == 1)
}

pub(super) async fn insert_recovery_codes(tx: &mut PgConnection, user: UserId, hashes: &[Vec<u8>]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])",
        user.as_uuid(),
        hashes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes all of a user's second factor, and the sign-ins that wait for it. Returns whether there was one.
pub(in crate::auth) async fn delete(tx: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query!("DELETE FROM pending_sign_ins WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    let done = sqlx::query!("DELETE FROM second_factors WHERE user_id = $1", user.as_uuid()).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Stores that a browser has passed the first step.
pub(super) async fn insert_pending(
    db: impl PgExecutor<'_>,
    token: &SignInToken,
    user: UserId,
    verified: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO pending_sign_ins (browser_hash, user_id, password_hash)
        SELECT $1, id, $3 FROM users WHERE id = $2 AND password_hash = $3 FOR KEY SHARE
        ",
        &token.hash()[..],
        user.as_uuid(),
        verified,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A sign-in whose second step is to come.
pub(super) struct Pending {
    pub(super) user_id: UserId,
    pub(super) password_hash: String,
    pub(super) email: String,
}

pub(super) async fn pending(db: impl PgExecutor<'_>, token: &SignInToken) -> sqlx::Result<Option<Pending>> {
    sqlx::query_as!(
        Pending,
        r#"
        SELECT p.user_id AS "user_id: UserId", p.password_hash, u.email AS "email!"
        FROM pending_sign_ins p JOIN users u ON u.id = p.user_id AND u.password_hash = p.password_hash
        WHERE p.browser_hash = $1 AND p.begun_at > clock_timestamp() - make_interval(mins => $2)
        "#,
        &token.hash()[..],
        SIGN_IN_MINUTES,
    )
    .fetch_optional(db)
    .await
}

/// Ends a pending sign-in. Returns whether there was one.
pub(super) async fn end_pending(db: impl PgExecutor<'_>, token: &SignInToken) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM pending_sign_ins WHERE browser_hash = $1", &token.hash()[..]);
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Deletes up to `limit` sign-ins whose second step never came. Returns how many.
pub(in crate::auth) async fn delete_stale_sign_ins(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM pending_sign_ins WHERE browser_hash = ANY(ARRAY(
            SELECT browser_hash FROM pending_sign_ins WHERE begun_at < now() - make_interval(mins => $1)
            ORDER BY begun_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ))",
        SIGN_IN_MINUTES,
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// Deletes up to `limit` set-ups that were not confirmed, once their tries count no more. Returns how many.
pub(in crate::auth) async fn delete_stale_set_ups(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM second_factors WHERE user_id = ANY(ARRAY(
            SELECT user_id FROM second_factors WHERE confirmed_at IS NULL AND begun_at < now() - interval '1 day'
            ORDER BY begun_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}
