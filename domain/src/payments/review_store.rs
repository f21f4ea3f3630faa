//! SQL of reviews.

use sqlx::PgExecutor;
use strum::IntoStaticStr;

/// A list at Stripe that is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Reviewed {
    Refunds,
    Disputes,
    FraudWarnings,
}

impl Reviewed {
    pub(super) const ALL: [Self; 3] = [Self::Refunds, Self::Disputes, Self::FraudWarnings];

    /// The value in the database.
    pub(super) fn code(self) -> &'static str {
        self.into()
    }
}

/// Where a review stands.
pub(super) struct Place {
    /// The last object of the page that was read last; `None` at the beginning.
    pub(super) cursor: Option<String>,
    /// The time from which on objects are reviewed, in seconds since 1970.
    pub(super) since_s: i64,
}

/// Takes the review of a list for ten minutes, if it is due: another worker leaves it alone meanwhile. It reads objects of
/// the last `days` days, and disputes from the oldest one that is open.
pub(super) async fn take(db: impl PgExecutor<'_>, list: Reviewed, days: i32) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"
        UPDATE stripe_reviews SET due_at = clock_timestamp() + interval '10 minutes'
        WHERE name = $1 AND due_at <= clock_timestamp()
        RETURNING cursor, extract(epoch FROM least(
            clock_timestamp() - make_interval(days => $2),
            CASE WHEN $1 = 'disputes' THEN (
                SELECT min(opened_at) FROM disputes
                WHERE status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review')
            ) END
        ))::bigint AS "since_s!"
        "#,
        list.code(),
        days,
    )
    .fetch_optional(db)
    .await
}

/// Stores that a page was read. The next one is due at once.
pub(super) async fn proceed(db: impl PgExecutor<'_>, list: Reviewed, cursor: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE stripe_reviews SET cursor = $2, due_at = clock_timestamp() WHERE name = $1",
        list.code(),
        cursor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that the last page was read. The next review is due in a day.
pub(super) async fn complete(db: impl PgExecutor<'_>, list: Reviewed) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE stripe_reviews SET cursor = NULL, due_at = clock_timestamp() + interval '1 day', completed_at = clock_timestamp()
        WHERE name = $1
        ",
        list.code(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins the review anew, when its lease is over.
pub(super) async fn restart(db: impl PgExecutor<'_>, list: Reviewed) -> sqlx::Result<()> {
    sqlx::query!("UPDATE stripe_reviews SET cursor = NULL WHERE name = $1", list.code()).execute(db).await?;
    Ok(())
}
