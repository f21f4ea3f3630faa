//! SQL of returning tickets.

use model::{OrderId, UserId, orders::OrderEventKind};
use sqlx::PgExecutor;

use super::returning::{Facts, RETURNS_OVER};
use crate::transaction::{EventExecutor, Transaction};

/// What decides whether an order of this buyer can be returned.
pub(crate) async fn facts(db: impl PgExecutor<'_>, buyer: UserId, order: OrderId) -> sqlx::Result<Option<Facts>> {
    sqlx::query_as!(
        Facts,
        r#"
        SELECT o.status = 'complete' AND e.cancelled_at IS NULL AS "is_complete!",
            EXISTS (SELECT FROM order_events v WHERE v.order_id = o.id AND v.kind = 'opened')
                OR EXISTS (SELECT FROM gifts g WHERE g.order_id = o.id AND g.status IN ('offered', 'accepted'))
                OR EXISTS (SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE p.order_id = o.id)
                AS "is_bound!",
            coalesce(o.ended_at, o.created_at) AS "bought_at!", e.starts_at,
            (
                SELECT count(*) FROM orders r
                WHERE r.buyer_id = o.buyer_id AND r.returned_at > statement_timestamp() - make_interval(secs => $3)
            ) AS "returns!",
            statement_timestamp() AS "now!"
        FROM orders o JOIN listings l ON l.id = o.listing_id JOIN events e ON e.id = l.event_id
        WHERE o.id = $1 AND o.buyer_id = $2
        "#,
        order.as_uuid(),
        buyer.as_uuid(),
        RETURNS_OVER.as_seconds_f64(),
    )
    .fetch_optional(db)
    .await
}

/// Takes the tickets of an order from its buyer, and notes that they were returned.
pub(super) async fn take_back(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH freed AS (UPDATE tickets SET status = 'listed', order_id = NULL, holder_id = NULL, has_payment = false WHERE order_id = $1)
        UPDATE orders SET returned_at = clock_timestamp() WHERE id = $1
        ",
        order.as_uuid(),
    )
    .execute(&mut **tx)
    .await?;
    let kind = OrderEventKind::Returned;
    sqlx::query!("INSERT INTO order_events (order_id, kind) VALUES ($1, $2)", order.as_uuid(), kind.code())
        .execute(&mut **tx)
        .await?;
    (&mut *tx).wrote(kind, 1);
    Ok(())
}
