//! SQL of drafts.

use model::{DraftId, UserId, tickets::ListingInput};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;

/// What is stored of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fields {
    /// The end of the address of the event, if the form is for one that is known.
    pub(crate) event: String,
    /// The fields as typed.
    pub(crate) listing: ListingInput,
}

/// A draft.
pub(crate) struct DraftRow {
    pub(crate) id: DraftId,
    pub(crate) fields: Json<Fields>,
    pub(crate) saved_at: OffsetDateTime,
}

/// Replaces the fields of a draft of a user. Returns whether there is one.
pub(super) async fn update(
    db: impl PgExecutor<'_>,
    user: UserId,
    draft: DraftId,
    fields: &Fields,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE listing_drafts SET fields = $3, saved_at = statement_timestamp() WHERE id = $1 AND user_id = $2",
        draft.as_uuid(),
        user.as_uuid(),
        Json(fields) as _,
    );
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Takes the row lock of an account. Returns whether there is one: it may have been deleted.
pub(super) async fn lock_account(tx: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let locked =
        sqlx::query!("SELECT FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", user.as_uuid());
    Ok(locked.fetch_optional(tx).await?.is_some())
}

/// How many drafts a user has.
pub(super) async fn count(tx: &mut PgConnection, user: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM listing_drafts WHERE user_id = $1"#, user.as_uuid())
        .fetch_one(tx)
        .await
}

/// Adds a draft, under the account's row lock.
pub(super) async fn insert(tx: &mut PgConnection, user: UserId, draft: DraftId, fields: &Fields) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO listing_drafts (id, user_id, fields) VALUES ($1, $2, $3)",
        draft.as_uuid(),
        user.as_uuid(),
        Json(fields) as _,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A draft of a user.
pub(crate) async fn find(db: impl PgExecutor<'_>, user: UserId, draft: DraftId) -> sqlx::Result<Option<DraftRow>> {
    sqlx::query_as!(
        DraftRow,
        r#"
        SELECT id AS "id: DraftId", fields AS "fields: Json<Fields>", saved_at
        FROM listing_drafts WHERE id = $1 AND user_id = $2
        "#,
        draft.as_uuid(),
        user.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// The drafts of a user, newest first.
pub(super) async fn of_user(db: impl PgExecutor<'_>, user: UserId, limit: i64) -> sqlx::Result<Vec<DraftRow>> {
    sqlx::query_as!(
        DraftRow,
        r#"
        SELECT id AS "id: DraftId", fields AS "fields: Json<Fields>", saved_at
        FROM listing_drafts WHERE user_id = $1 ORDER BY saved_at DESC, id LIMIT $2
        "#,
        user.as_uuid(),
        limit,
    )
    .fetch_all(db)
    .await
}

/// Deletes a draft of a user. Returns whether there was one.
pub(crate) async fn delete(db: impl PgExecutor<'_>, user: UserId, draft: DraftId) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("DELETE FROM listing_drafts WHERE id = $1 AND user_id = $2", draft.as_uuid(), user.as_uuid());
    Ok(done.execute(db).await?.rows_affected() == 1)
}

/// Deletes all drafts of a user.
pub(crate) async fn delete_all(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<u64> {
    let done = sqlx::query!("DELETE FROM listing_drafts WHERE user_id = $1", user.as_uuid()).execute(db).await?;
    Ok(done.rows_affected())
}

/// Deletes up to `limit` drafts that were saved last more than `days` ago. Returns how many.
pub(super) async fn delete_old(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM listing_drafts WHERE (user_id, id) IN (
            SELECT user_id, id FROM listing_drafts WHERE saved_at <= now() - make_interval(days => $1)
            ORDER BY saved_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        ",
        days,
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}
