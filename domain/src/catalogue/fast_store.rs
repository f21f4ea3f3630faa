//! SQL of the events that sell fast.

use model::EventId;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::{offers::offers, search_store::FoundRow};
use crate::tickets::state::PAYMENT_GRACE;

/// Writes anew which events sold most within 24 hours. Returns how many there are. Several workers do it one after another.
pub(super) async fn count_sales(
    db: &PgPool,
    sales_max: i64,
    sold_min: i64,
    buyers_min: i64,
    kept: i64,
) -> sqlx::Result<u64> {
    let mut tx = db.begin().await?;
    sqlx::query!("LOCK TABLE event_sales IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM event_sales").execute(&mut *tx).await?;
    let counted = sqlx::query!(
        "
        INSERT INTO event_sales (event_id, sold, counted_at)
        SELECT l.event_id, sum(cardinality(o.ticket_ids)), statement_timestamp()
        FROM (
            SELECT order_id, created_at FROM ledger_entries
            WHERE account = 'seller' AND kind = 'capture' ORDER BY id DESC LIMIT $1
        ) s JOIN orders o ON o.id = s.order_id JOIN listings l ON l.id = o.listing_id
        WHERE s.created_at > statement_timestamp() - interval '24 hours' AND o.status = 'complete'
        GROUP BY l.event_id
        HAVING sum(cardinality(o.ticket_ids)) >= $2 AND count(DISTINCT o.buyer_id) >= $3
        ORDER BY sum(cardinality(o.ticket_ids)) DESC LIMIT $4
        ",
        sales_max,
        sold_min,
        buyers_min,
        kept,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(counted.rows_affected())
}

/// An event that sells fast.
pub(crate) struct FastRow {
    id: EventId,
    title: String,
    category: String,
    venue: String,
    city: String,
    starts_at: OffsetDateTime,
    time_zone: String,
    tickets: i64,
    cheapest_cents: i64,
    sold: i64,
}

impl FastRow {
    /// The event, and how many tickets it sold.
    pub(super) fn into_parts(self) -> (FoundRow, i64) {
        let Self { id, title, category, venue, city, starts_at, time_zone, tickets, cheapest_cents, sold } = self;
        let row = FoundRow { id, title, category, venue, city, starts_at, time_zone, tickets, cheapest_cents, rank: 0 };
        (row, sold)
    }
}

/// The events that sell fast and have tickets on sale, most sold first. Numbers older than ten minutes do not count.
///
/// The limit within tells PostgreSQL that there are few rows, also when it never counted them: it looks each event up,
/// rather than read all events.
pub(crate) async fn fast(db: impl PgExecutor<'_>, kept: i64, limit: i64) -> sqlx::Result<Vec<FastRow>> {
    offers!(
        FastRow,
        r#"
        SELECT e.id AS "id: EventId", e.title, e.category, v.name AS venue, v.city, e.starts_at, v.time_zone,
            f.tickets AS "tickets!", f.cheapest_cents AS "cheapest_cents!", s.sold
        FROM (
            SELECT event_id, sold FROM event_sales WHERE counted_at > statement_timestamp() - interval '10 minutes'
            ORDER BY sold DESC, event_id LIMIT $3
        ) s JOIN events e ON e.id = s.event_id JOIN venues v ON v.id = e.venue_id CROSS JOIN LATERAL (
            SELECT sum(o.free)::bigint AS tickets, min(o.price_cents) AS cheapest_cents FROM (SELECT) AS always
        "#,
        r#"
            WHERE o.is_on_sale
        ) f
        WHERE f.tickets > 0
        ORDER BY s.sold DESC, e.id LIMIT $2
        "#,
        PAYMENT_GRACE.as_seconds_f64(),
        limit,
        kept,
    )
    .fetch_all(db)
    .await
}
