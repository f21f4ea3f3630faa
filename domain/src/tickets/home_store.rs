//! SQL of the listings on the home page. It only reads.

use model::{EventId, ListingId, UserId, tickets::SplitRule};
use sqlx::{PgExecutor, types::Json};

use super::{facts::FactsRow, row::ListingRow, state::TicketRow, store::listing_rows};

/// A listing whose price was lowered.
pub(crate) struct DropRow {
    pub(crate) listing: ListingId,
    /// The price before.
    pub(crate) was_cents: i64,
}

/// The listings whose price was lowered last and that may be bought, at most one of an event and two of a seller.
///
/// It looks at the newest 60 prices only, and at none that is older than a week.
pub(crate) async fn price_drops(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<DropRow>> {
    sqlx::query_as!(
        DropRow,
        r#"
        SELECT r.listing_id AS "listing: ListingId", r.was_cents AS "was_cents!"
        FROM (
            SELECT p.id, p.listing_id, b.price_cents AS was_cents,
                row_number() OVER (PARTITION BY l.event_id ORDER BY p.id DESC) AS of_event,
                row_number() OVER (PARTITION BY l.seller_id ORDER BY p.id DESC) AS of_seller
            FROM (SELECT id, listing_id, price_cents, since FROM listing_prices ORDER BY id DESC LIMIT 60) p
            JOIN listings l ON l.id = p.listing_id AND l.price_cents = p.price_cents
            CROSS JOIN LATERAL (
                SELECT price_cents FROM listing_prices WHERE listing_id = p.listing_id AND id < p.id ORDER BY id DESC LIMIT 1
            ) b
            WHERE p.since > statement_timestamp() - interval '7 days' AND b.price_cents > p.price_cents
                AND EXISTS (
                    SELECT FROM tickets t
                    WHERE t.listing_id = l.id AND t.status = 'listed' AND t.starts_at > statement_timestamp()
                        AND (t.order_id IS NULL OR t.held_until <= statement_timestamp())
                )
        ) r
        WHERE of_event = 1 AND of_seller <= 2 ORDER BY r.id DESC LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The newest listings that may be bought, at most one of an event and two of a seller, and those of `ids`.
///
/// It looks at the newest 60 listings only, so that it costs the same however many of them are sold or locked.
pub(crate) async fn newest(db: impl PgExecutor<'_>, limit: i64, ids: &[ListingId]) -> sqlx::Result<Vec<ListingRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    listing_rows!(
        "NULL::bigint",
        "NULL::jsonb",
        "
        JOIN (
            SELECT unnest($2::uuid[]) AS id
            UNION
            (SELECT id FROM (
                SELECT n.id, row_number() OVER (PARTITION BY n.event_id ORDER BY n.id DESC) AS of_event,
                    row_number() OVER (PARTITION BY n.seller_id ORDER BY n.id DESC) AS of_seller
                FROM (SELECT id, event_id, seller_id FROM listings ORDER BY id DESC LIMIT 60) n
                WHERE EXISTS (
                    SELECT FROM tickets t
                    WHERE t.listing_id = n.id AND t.status = 'listed' AND t.starts_at > statement_timestamp()
                        AND (t.order_id IS NULL OR t.held_until <= statement_timestamp())
                )
            ) r WHERE of_event = 1 AND of_seller <= 2 ORDER BY id DESC LIMIT $1)
        ) n ON n.id = l.id ORDER BY l.id DESC
        ",
        limit,
        &ids,
    )
    .fetch_all(db)
    .await
}
