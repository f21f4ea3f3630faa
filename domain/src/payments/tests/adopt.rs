//! Payments that are missing from the database, because it was restored from a backup.

use sqlx::PgPool;

use super::*;
use crate::{
    expiration::expire::expire,
    payments::handle_event::handle_event,
    testing::{GOOD_CARD, capture, newest_intent, pay_with, refund},
};

impl Purchase {
    /// Bob has paid; then the database is reset to when he had locked the ticket. Returns the intent.
    async fn is_paid_and_lost(&self) -> String {
        testing::start_payment(&self.backend, self.bob, self.order).await.expect("starts");
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        let intent = newest_intent(&self.backend, self.order).await;
        capture(&self.backend, &intent).await;
        self.restore(
            "DELETE FROM payments; UPDATE orders SET status = 'created'; UPDATE tickets SET has_payment = false",
        )
        .await;
        intent
    }

    async fn restore(&self, to: &'static str) {
        sqlx::raw_sql(to).execute(&self.backend.db).await.expect("restores");
    }

    async fn unhandled(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM stripe_events WHERE handled_at IS NULL").await
    }

    /// Each event is handled twice, and the second time changes nothing.
    async fn event_about(&self, id: &str, intent: &str) {
        self.event_arrives(id, "charge.captured", intent).await;
        handle_event(&self.backend, id).await.expect("handles");
        let before = testing::snapshot(&self.backend.db).await;
        handle_event(&self.backend, id).await.expect("handles");
        assert_eq!(testing::snapshot(&self.backend.db).await, before);
        assert_eq!(self.unhandled().await, 0);
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopted_payment_completes_its_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
    purchase.event_about("evt_2", &intent).await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Captured], "one attempt, however many events");
}

/// The attempt's row exists, from before Stripe's answer, and was closed with the order.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopted_intent_finds_its_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    capture(&purchase.backend, &intent).await;
    purchase.restore("UPDATE payments SET stripe_intent_id = NULL, status = 'starting'").await;
    purchase.time_runs_out().await;
    expire(&purchase.backend, purchase.order).await.expect("expires");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopted_payment_is_refunded_when_ticket_is_gone(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase.time_runs_out().await;
    purchase.grace_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    testing::lock_one(&purchase.backend, eve, purchase.ticket, PRICE).await.expect("an overdue lock is no lock");
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.captured_and_refunded(), (PRICE.cents(), PRICE.cents()));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.status().await, OrderStatus::Expired);
}

/// The payment is authorised, and the capture is missing from the database.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopted_authorisation_is_captured(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    purchase
        .restore("DELETE FROM payments; UPDATE orders SET status = 'created'; UPDATE tickets SET has_payment = false")
        .await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopt_sees_a_later_refund(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    refund(&purchase.backend, &intent, None).await;
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.status().await, OrderStatus::Refunded);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
}

/// Stripe has seen an attempt with the same order and number, and remembers its idempotency key.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_attempt_does_not_block_the_next(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase
        .restore("DELETE FROM payments; UPDATE orders SET status = 'created'; UPDATE tickets SET has_payment = false")
        .await;
    let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts again");
    assert_eq!(form.attempt, 1);
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
}

/// Two attempts that may take money are not allowed: the lost one waits until the other has ended.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopt_waits_for_an_open_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase
        .restore(
            "INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency)
            SELECT gen_random_uuid(), id, 1, 'starting', price_cents, currency FROM orders",
        )
        .await;
    purchase.event_arrives("evt_1", "charge.captured", &intent).await;
    handle_event(&purchase.backend, "evt_1").await.expect_err("another attempt is open");
    assert_eq!(purchase.unhandled().await, 1);
    purchase.time_runs_out().await;
    expire(&purchase.backend, purchase.order).await.expect("expires");
    handle_event(&purchase.backend, "evt_1").await.expect("handles");
    purchase.assert_complete().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled, PaymentStatus::Captured]);
}

/// An intent names its order in its metadata; its price must match.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn adopt_ignores_intent_with_another_price(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase
        .restore("UPDATE orders SET price_cents = price_cents + 1, ticket_price_cents = ticket_price_cents + 1")
        .await;
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.attempts().await, []);
    assert_eq!(purchase.status().await, OrderStatus::Created);
}
