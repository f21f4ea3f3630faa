//! SQL of reviews.

use sqlx::PgExecutor;

/// Where a review stands.
pub(super) struct Place {
    /// The last refund of the page that was read last; `None` at the beginning.
    pub(super) cursor: Option<String>,
    /// The time from which on refunds are reviewed, in seconds since 1970.
    pub(super) since_s: i64,
}

/// Takes the review of refunds for ten minutes, if it is due: another worker leaves it alone meanwhile. It reads refunds
/// of the last `days` days.
pub(super) async fn take(db: impl PgExecutor<'_>, days: i32) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"
        UPDATE stripe_reviews SET due_at = clock_timestamp() + interval '10 minutes'
        WHERE name = 'refunds' AND due_at <= clock_timestamp()
        RETURNING cursor, extract(epoch FROM clock_timestamp() - make_interval(days => $1))::bigint AS "since_s!"
        "#,
        days,
    )
    .fetch_optional(db)
    .await
}

/// Stores that a page was read. The next one is due at once.
pub(super) async fn proceed(db: impl PgExecutor<'_>, cursor: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE stripe_reviews SET cursor = $1, due_at = clock_timestamp() WHERE name = 'refunds'", cursor)
        .execute(db)
        .await?;
    Ok(())
}

/// Stores that the last page was read. The next review is due in a day.
pub(super) async fn complete(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE stripe_reviews SET cursor = NULL, due_at = clock_timestamp() + interval '1 day', completed_at = clock_timestamp()
        WHERE name = 'refunds'
        "
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins the review anew, when its lease is over.
pub(super) async fn restart(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("UPDATE stripe_reviews SET cursor = NULL WHERE name = 'refunds'").execute(db).await?;
    Ok(())
}
