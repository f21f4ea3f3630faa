//! SQL of what a seller sees of their listings beside the listings themselves.

use model::{ListingId, UserId};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Whether a user has a listing or a draft.
pub(super) async fn has_any(db: impl PgExecutor<'_>, seller: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM listings WHERE seller_id = $1)
            OR EXISTS (SELECT FROM listing_drafts WHERE user_id = $1) AS "any!"
        "#,
        seller.as_uuid()
    )
    .fetch_one(db)
    .await
}

/// What became of a listing since it was made.
pub(super) struct ActivityRow {
    pub(super) listing: ListingId,
    /// How often its page was opened.
    pub(super) views: i64,
    /// How often tickets of it were locked.
    pub(super) holds: i64,
    pub(super) listed_at: OffsetDateTime,
    /// When the last ticket was sold.
    pub(super) sold_at: Option<OffsetDateTime>,
}

/// The activity of each of these listings.
pub(super) async fn activity(db: impl PgExecutor<'_>, ids: &[ListingId]) -> sqlx::Result<Vec<ActivityRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query_as!(
        ActivityRow,
        r#"
        SELECT l.id AS "listing: ListingId", l.created_at AS listed_at,
            (SELECT coalesce(sum(v.views), 0)::bigint FROM listing_views v WHERE v.listing_id = l.id) AS "views!",
            (SELECT count(*) FROM orders o WHERE o.listing_id = l.id) AS "holds!",
            (
                SELECT max(o.ended_at) FROM tickets t JOIN orders o ON o.id = t.order_id
                WHERE t.listing_id = l.id AND t.status = 'sold'
            ) AS sold_at
        FROM listings l WHERE l.id = ANY($1)
        "#,
        &ids,
    )
    .fetch_all(db)
    .await
}
