//! SQL of returning tickets.

use model::{OrderId, UserId, orders::OrderEventKind};
use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use crate::transaction::{EventExecutor, Transaction};

/// What decides whether an order can be returned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Whether it is paid for, whole, and its tickets are its buyer's.
    pub(super) is_complete: bool,
    /// Whether the buyer has opened it, a ticket was given to another person, or a bank questions the payment.
    pub(super) is_bound: bool,
    pub(super) bought_at: OffsetDateTime,
    pub(super) starts_at: OffsetDateTime,
    /// Orders that the buyer has returned of late.
    pub(super) returns: i64,
    pub(super) now: OffsetDateTime,
}

/// What decides whether an order of this buyer can be returned. `of_late` is the time over which returns count.
pub(super) async fn facts(
    db: impl PgExecutor<'_>,
    buyer: UserId,
    order: OrderId,
    of_late: Duration,
) -> sqlx::Result<Option<Facts>> {
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
        of_late.as_seconds_f64(),
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
