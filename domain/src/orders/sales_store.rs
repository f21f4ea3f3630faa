//! SQL of a seller's sales.

use model::{UserId, orders::OrderStatus};
use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};
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
            -- What Stripe takes of a payment, and of a dispute, is between the shop and Stripe.
            FROM ledger_entries WHERE payment_id = s.payment_id AND kind NOT IN ('dispute_fee', 'stripe_fee')
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

/// The sales of one period in one currency.
pub(super) struct PeriodRow {
    /// `week` or `month`: the same for all rows.
    pub(super) unit: String,
    /// The first day of the present period.
    pub(super) present: Date,
    pub(super) first_day: Date,
    pub(super) currency: String,
    pub(super) tickets: i64,
    pub(super) cents: i64,
}

/// The sales of `seller` in the last `periods` weeks, or months if they sold before these weeks, by the clock of UTC. A sale
/// whose money went back to the buyer is left out.
pub(super) async fn by_period(db: impl PgExecutor<'_>, seller: UserId, periods: i32) -> sqlx::Result<Vec<PeriodRow>> {
    sqlx::query_as!(
        PeriodRow,
        r#"
        WITH sales AS MATERIALIZED (
            SELECT order_id, currency, sum(amount_cents)::bigint AS cents,
                min(created_at) FILTER (WHERE kind = 'capture') AT TIME ZONE 'UTC' AS sold_at
            FROM ledger_entries WHERE user_id = $1 AND account = 'seller'
            GROUP BY payment_id, order_id, currency HAVING sum(amount_cents) > 0
        ), period AS (
            SELECT u.unit, date_trunc(u.unit, statement_timestamp() AT TIME ZONE 'UTC') AS present
            FROM (
                SELECT CASE
                    WHEN min(sold_at) >= date_trunc('week', statement_timestamp() AT TIME ZONE 'UTC') - make_interval(weeks => $2 - 1)
                    THEN 'week' ELSE 'month'
                END AS unit
                FROM sales
            ) u
        )
        SELECT p.unit AS "unit!", p.present::date AS "present!", date_trunc(p.unit, s.sold_at)::date AS "first_day!",
            s.currency AS "currency!", sum(cardinality(o.ticket_ids))::bigint AS "tickets!", sum(s.cents)::bigint AS "cents!"
        FROM period p CROSS JOIN sales s JOIN orders o ON o.id = s.order_id
        WHERE s.sold_at >= p.present - ($2 - 1) * ('1 ' || p.unit)::interval
        GROUP BY p.unit, p.present, date_trunc(p.unit, s.sold_at), s.currency
        ORDER BY date_trunc(p.unit, s.sold_at)
        "#,
        seller.as_uuid(),
        periods,
    )
    .fetch_all(db)
    .await
}
