//! SQL of starting a payment.

use model::{OrderId, PaymentId, orders::OrderEventKind};

use super::{PaymentStatus, payer::Payer, store::Payment};
use crate::{backend::Rules, database, orders::Transition, transaction::EventExecutor};

/// The unique index that allows an order one live attempt.
const ONE_LIVE: &str = "payments_one_live_per_order";
/// The unique constraint that gives each attempt of an order its own number.
const ATTEMPT_NUMBER: &str = "payments_order_attempt_key";

/// What a press of the buyer asks for.
pub(super) struct Start {
    pub(super) order: OrderId,
    /// The buyer, and from where they pay.
    pub(super) payer: Payer,
    /// The id of the attempt, if it is a new one.
    pub(super) fresh: PaymentId,
    /// So many attempts that ended without an intent forbid another.
    pub(super) failed_starts_max: i64,
}

/// Returns the live attempt of the buyer's order, or opens the next one and moves the order, in one
/// statement. `None` if the order or the buyer's declined cards allow neither, or if another press opens an attempt at this
/// moment.
///
/// It waits for the row lock of the order, and reads the clock after that. But it reads the attempts as
/// they are when the statement starts. An attempt that was opened since has the same number, so the
/// constraints refuse this one.
pub(super) async fn continue_or_open(
    mut db: impl EventExecutor,
    rules: &Rules,
    start: &Start,
) -> sqlx::Result<Option<Payment>> {
    let (from, to) = Transition::PaymentStarted.sources_and_target();
    let found = sqlx::query_as!(
        Payment,
        r#"
        WITH allowed AS MATERIALIZED (
            SELECT card_bar_ends_at($2, $9::text::inet, $10, $11) IS NULL AS to_pay
        ), live AS MATERIALIZED (
            SELECT p.* FROM orders o JOIN payments p ON p.order_id = o.id AND p.status IN ('starting', 'open', 'capturing')
            WHERE o.id = $1 AND o.buyer_id = $2 AND o.status = ANY($3)
                AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND t.held_until > now())
                AND (p.status = 'capturing' OR (SELECT to_pay FROM allowed))
        ), locked AS MATERIALIZED (
            SELECT id, price_cents, currency FROM orders
            WHERE id = $1 AND buyer_id = $2 AND status = ANY($3) AND NOT EXISTS (SELECT FROM live) AND (SELECT to_pay FROM allowed)
                AND (SELECT count(*) FROM payments WHERE order_id = $1 AND status = 'cancelled' AND stripe_intent_id IS NULL) < $8
            FOR NO KEY UPDATE
        ), paying AS (
            -- The clock is read for an order that is locked already, and the rows of its tickets as they are then.
            UPDATE tickets SET has_payment = true
            WHERE order_id = (SELECT id FROM locked) AND held_until > clock_timestamp()
            RETURNING order_id
        ), in_time AS MATERIALIZED (
            SELECT * FROM locked WHERE id IN (SELECT order_id FROM paying)
        ), advanced AS (
            UPDATE orders o SET status = $4 FROM in_time i WHERE o.id = i.id AND o.status = ANY($3)
            RETURNING o.id, i.price_cents, i.currency
        ), opened AS (
            INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency)
            SELECT $5, id, coalesce((SELECT max(attempt) FROM payments WHERE order_id = $1), 0) + 1, $6, price_cents, currency FROM advanced
            RETURNING *
        ), logged AS (
            INSERT INTO order_events (order_id, kind, attempt) SELECT order_id, $7, attempt FROM opened
        ), counted AS (
            INSERT INTO card_attempts (payment_id, user_id, network) SELECT id, $2, $9::text::inet FROM opened
        )
        SELECT id AS "id!: PaymentId", order_id AS "order_id!: OrderId", attempt AS "attempt!", status AS "status!: PaymentStatus",
            stripe_intent_id, amount_cents AS "amount_cents!",
            coalesce(received_cents, amount_cents) AS "received_cents!", refund_due_cents AS "refund_due_cents!", refusals AS "refusals!",
            coalesce(next_try_at > clock_timestamp(), false) AS "backs_off!", refund_failures AS "refund_failures!", refund_keys_used AS "refund_keys_used!",
            refund_refusals AS "refund_refusals!", coalesce(refund_due_at > clock_timestamp(), false) AS "refund_backs_off!"
        FROM (SELECT * FROM opened UNION ALL SELECT * FROM live) AS attempt
        "#,
        start.order.as_uuid(),
        start.payer.user.as_uuid(),
        &from as &[&str],
        to.code(),
        start.fresh.as_uuid(),
        PaymentStatus::Starting.code(),
        PaymentStatus::Starting.event_kind().map(OrderEventKind::code),
        start.failed_starts_max,
        start.payer.network.to_string(),
        i64::from(rules.max_declines_per_account),
        i64::from(rules.max_declines_per_network),
    )
    .fetch_optional(db.executor())
    .await;
    match found {
        Ok(payment) => {
            let opened = payment.as_ref().is_some_and(|payment| payment.id == start.fresh);
            db.wrote(PaymentStatus::Starting.event_kind(), opened.into());
            Ok(payment)
        }
        Err(error) if [ONE_LIVE, ATTEMPT_NUMBER].iter().any(|name| database::is_violation_of(&error, name)) => Ok(None),
        Err(error) => Err(error),
    }
}
