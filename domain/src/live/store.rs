//! SQL of publishing changes.

use model::{EventId, ListingId};
use sqlx::PgExecutor;

/// The channel on which changes of listings are published: `EVENT LISTING`, two ids.
pub(super) const CHANNEL: &str = "changed_listings";

/// Publishes that `listings` have changed, each with the event that it is for. Unknown ids are left out.
///
/// It writes no row, so its commit need not wait for the log.
pub(super) async fn notify(db: impl PgExecutor<'_>, listings: &[ListingId]) -> sqlx::Result<()> {
    let listings: Vec<_> = listings.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        r#"
        SELECT count(pg_notify($1, l.event_id || ' ' || l.id)) AS "published!"
        FROM listings l, (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
        WHERE l.id = ANY($2)
        "#,
        CHANNEL,
        &listings,
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// The listings of `events` that have tickets to buy or to wait for, at most `limit` of each.
pub(super) async fn listings_of(
    db: impl PgExecutor<'_>,
    events: &[EventId],
    limit: i64,
) -> sqlx::Result<Vec<ListingId>> {
    let events: Vec<_> = events.iter().map(|id| id.as_uuid()).collect();
    sqlx::query_scalar!(
        r#"
        SELECT o.id AS "id: ListingId"
        FROM unnest($1::uuid[]) AS event (id) CROSS JOIN LATERAL (
            SELECT l.id FROM listings l
            WHERE l.event_id = event.id AND EXISTS (
                SELECT FROM tickets t
                WHERE t.listing_id = l.id AND t.status = 'listed' AND t.starts_at > statement_timestamp()
            )
            LIMIT $2
        ) o
        "#,
        &events,
        limit,
    )
    .fetch_all(db)
    .await
}
