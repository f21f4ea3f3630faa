//! SQL of the sitemap. It only reads.

use model::EventId;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// The events behind one, up to a number of them.
pub(crate) struct PartRow {
    pub(crate) count: i64,
    pub(crate) last: Option<EventId>,
    /// Whether one of them has not started yet.
    pub(crate) has_coming: bool,
}

pub(crate) async fn part(db: impl PgExecutor<'_>, after: Option<EventId>, limit: i64) -> sqlx::Result<PartRow> {
    sqlx::query_as!(
        PartRow,
        r#"
        WITH part AS MATERIALIZED (SELECT id, starts_at FROM events WHERE id > $1 ORDER BY id LIMIT $2)
        SELECT count(*) AS "count!", (SELECT id FROM part ORDER BY id DESC LIMIT 1) AS "last: EventId",
            coalesce(max(starts_at) > statement_timestamp(), false) AS "has_coming!"
        FROM part
        "#,
        beginning(after),
        limit,
    )
    .fetch_one(db)
    .await
}

/// An event, as its address names it.
pub(crate) struct ComingRow {
    pub(crate) id: EventId,
    pub(crate) title: String,
    pub(crate) city: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: String,
}

/// The events behind `after`, up to and with `last`, that have not started yet.
pub(crate) async fn coming(
    db: impl PgExecutor<'_>,
    after: Option<EventId>,
    last: Option<EventId>,
    limit: i64,
) -> sqlx::Result<Vec<ComingRow>> {
    sqlx::query_as!(
        ComingRow,
        r#"
        SELECT e.id AS "id: EventId", e.title, v.city, e.starts_at, v.time_zone
        FROM events e JOIN venues v ON v.id = e.venue_id
        WHERE e.id > $1 AND e.id <= $2 AND e.starts_at > statement_timestamp()
        ORDER BY e.id LIMIT $3
        "#,
        beginning(after),
        last.map_or(Uuid::max(), EventId::as_uuid),
        limit,
    )
    .fetch_all(db)
    .await
}

/// No id is less than the nil one.
fn beginning(after: Option<EventId>) -> Uuid {
    after.map_or(Uuid::nil(), EventId::as_uuid)
}
