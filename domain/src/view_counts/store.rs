//! SQL of the counts.

use model::ListingId;
use sqlx::PgExecutor;

/// Adds views to those of today, by the clock of UTC. Returns of how many listings.
///
/// The order is the same for every server, so that two that write at the same time do not wait for each other in a circle.
pub(super) async fn add(db: impl PgExecutor<'_>, counts: &[(ListingId, i64)]) -> sqlx::Result<u64> {
    let (listings, views): (Vec<_>, Vec<_>) = counts.iter().map(|(listing, views)| (listing.as_uuid(), *views)).unzip();
    let done = sqlx::query!(
        "
        INSERT INTO listing_views (listing_id, day, views)
        SELECT l.id, (statement_timestamp() AT TIME ZONE 'UTC')::date, c.views
        FROM unnest($1::uuid[], $2::bigint[]) AS c (listing_id, views) JOIN listings l ON l.id = c.listing_id
        ORDER BY l.id
        ON CONFLICT (listing_id, day) DO UPDATE SET views = listing_views.views + excluded.views
        ",
        &listings,
        &views,
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// Deletes up to `limit` counts of days that are more than `days` ago. Returns how many.
pub(super) async fn delete_old(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM listing_views WHERE (listing_id, day) IN (
            SELECT listing_id, day FROM listing_views WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::integer
            ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        ",
        days,
        limit
    );
    Ok(done.execute(db).await?.rows_affected())
}
