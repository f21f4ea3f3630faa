//! SQL of publishing changes.

use model::ListingId;
use sqlx::PgExecutor;

/// The channel on which changes of listings are published.
pub(super) const CHANNEL: &str = "listings";

/// Publishes that `listings` have changed.
///
/// It writes no row, so its commit need not wait for the log.
pub(super) async fn notify(db: impl PgExecutor<'_>, listings: &[ListingId]) -> sqlx::Result<()> {
    let listings: Vec<String> = listings.iter().map(ToString::to_string).collect();
    sqlx::query!(
        r#"
        SELECT count(pg_notify($1, listing)) AS "published!"
        FROM unnest($2::text[]) AS listing, (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
        "#,
        CHANNEL,
        &listings,
    )
    .fetch_one(db)
    .await?;
    Ok(())
}
