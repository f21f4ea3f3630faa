//! SQL of a seller's sales.

use model::{UserId, orders::OrderStatus};
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// An order that bought tickets of the seller. Nothing of it names the buyer.
pub(super) struct SoldRow {
    /// Its place in the ledger.
    pub(super) entry: i64,
    pub(super) order: Uuid,
    pub(super) sold_at: OffsetDateTime,
    pub(super) title: String,
    pub(super) venue: String,
    pub(super) city: String,
    pub(super) starts_at: OffsetDateTime,
    pub(super) time_zone: String,
    pub(super) section: String,
    pub(super) seat_row: String,
    pub(super) seats: Vec<String>,
    pub(super) price_cents: i64,
    /// What seller and platform have of it now.
    pub(super) seller_cents: i64,
    pub(super) platform_cents: i64,
    pub(super) status: OrderStatus,
}

/// The sales of `seller` before an entry of the ledger, newest first.
pub(super) async fn sold(
    db: impl PgExecutor<'_>,
    seller: UserId,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<SoldRow>> {
    sqlx::query_as!(
        SoldRow,
        r#"
        SELECT s.id AS entry, o.id AS "order", s.created_at AS sold_at, o.title, o.venue, o.city, o.starts_at, o.time_zone,
            o.section, o.seat_row, o.seats, o.price_cents, o.status AS "status: OrderStatus", now.seller AS "seller_cents!", now.platform AS "platform_cents!"
        FROM (
            SELECT id, order_id, payment_id, created_at FROM ledger_entries
            WHERE user_id = $1 AND account = 'seller' AND kind = 'capture' AND id < $2
            ORDER BY id DESC LIMIT $3
        ) s JOIN orders o ON o.id = s.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_cents) FILTER (WHERE account = 'seller'), 0)::bigint,
                coalesce(sum(amount_cents) FILTER (WHERE account = 'platform'), 0)::bigint
            FROM ledger_entries WHERE payment_id = s.payment_id
        ) now (seller, platform)
        ORDER BY s.id DESC
        "#,
        seller.as_uuid(),
        before,
        limit,
    )
    .fetch_all(db)
    .await
}
