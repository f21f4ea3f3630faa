//! SQL of which mails a user gets.

use model::{UserId, mails::MailTopic};
use sqlx::PgExecutor;

/// The topics that a user has turned off, by their stored names.
pub(super) async fn turned_off(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("SELECT topic FROM mail_choices WHERE user_id = $1", user.as_uuid()).fetch_all(db).await
}

pub(super) async fn is_on(db: impl PgExecutor<'_>, user: UserId, topic: MailTopic) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (SELECT FROM mail_choices WHERE user_id = $1 AND topic = $2) AS "is_on!""#,
        user.as_uuid(),
        topic.code(),
    )
    .fetch_one(db)
    .await
}

/// Turns a topic off. The account's row is locked in share mode: a deletion either commits before this statement or sees
/// its row.
pub(super) async fn turn_off(db: impl PgExecutor<'_>, user: UserId, topic: MailTopic) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO mail_choices (user_id, topic)
        SELECT id, $2 FROM users WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE
        ON CONFLICT DO NOTHING
        ",
        user.as_uuid(),
        topic.code(),
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn turn_on(db: impl PgExecutor<'_>, user: UserId, topic: MailTopic) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mail_choices WHERE user_id = $1 AND topic = $2", user.as_uuid(), topic.code())
        .execute(db)
        .await?;
    Ok(())
}
