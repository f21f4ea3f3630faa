//! SQL of the bound on listings. It only reads.

use model::UserId;
use sqlx::PgExecutor;

/// What the bound depends on.
pub(super) struct Standing {
    pub(super) is_new: bool,
    /// Completed sales, up to a bound.
    pub(super) sales: i64,
    /// Listings with a ticket that is neither sold nor withdrawn, whose event has not started; up to a bound.
    pub(super) on_sale: i64,
}

/// Reads it for an account, which is new for `new_days`.
pub(super) async fn standing(
    db: impl PgExecutor<'_>,
    seller: UserId,
    new_days: i32,
    sales_max: i64,
    on_sale_max: i64,
) -> sqlx::Result<Option<Standing>> {
    sqlx::query_as!(
        Standing,
        r#"
        SELECT u.created_at > clock_timestamp() - make_interval(days => $2) AS "is_new!",
            (
                SELECT count(*) FROM (
                    SELECT FROM ledger_entries e JOIN orders o ON o.id = e.order_id
                    WHERE e.account = 'seller' AND e.user_id = $1 AND e.kind = 'capture' AND o.status = 'complete' LIMIT $3
                ) AS sold
            ) AS "sales!",
            (
                SELECT count(*) FROM (
                    SELECT FROM listings l
                    WHERE l.seller_id = $1 AND EXISTS (
                        SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed' AND t.starts_at > clock_timestamp()
                    ) LIMIT $4
                ) AS listed
            ) AS "on_sale!"
        FROM users u WHERE u.id = $1
        "#,
        seller.as_uuid(),
        new_days,
        sales_max,
        on_sale_max,
    )
    .fetch_optional(db)
    .await
}
