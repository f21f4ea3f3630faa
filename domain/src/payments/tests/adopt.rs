//! Payments of which the database has lost every trace, as one that was restored from a backup has.

use sqlx::PgPool;

use super::*;
use crate::{
    expiration::expire::expire,
    payments::{handle_event::handle_event, start::start},
    testing::{GOOD_CARD, capture, newest_intent, pay_with, refund},
};

impl Purchase {
    /// Bob has paid; then the database is as it was when he had the ticket locked. Returns the intent.
    async fn is_paid_and_lost(&self) -> String {
        start(&self.backend, self.bob, self.order).await.expect("starts");
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        let intent = newest_intent(&self.backend, self.order).await;
        capture(&self.backend, &intent).await;
        self.restore("DELETE FROM payments; UPDATE orders SET status = 'created'").await;
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
        let settled = testing::snapshot(&self.backend.db).await;
        handle_event(&self.backend, id).await.expect("handles");
        assert_eq!(testing::snapshot(&self.backend.db).await, settled);
        assert_eq!(self.unhandled().await, 0);
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_lost_payment_completes_its_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
    purchase.event_about("evt_2", &intent).await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Captured], "one attempt, however many events");
}

/// Its row is there, from before Stripe had answered, and was closed with the order.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_lost_intent_finds_its_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
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
async fn a_lost_payment_for_a_ticket_that_is_gone_goes_back(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase.time_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    lock(&purchase.backend, eve, purchase.ticket, PRICE).await.expect("an overdue lock is no lock");
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.captured_and_refunded(), (PRICE.cents(), PRICE.cents()));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.status().await, OrderStatus::Expired);
}

/// Authorised, and the capture was lost with the database.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_lost_authorisation_is_captured(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    purchase.restore("DELETE FROM payments; UPDATE orders SET status = 'created'").await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn what_was_given_back_since_is_seen_too(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    refund(&purchase.backend, &intent, None).await;
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.status().await, OrderStatus::Refunded);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
}

/// Stripe has seen an attempt of the same order and the same number, and remembers it by its key.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_lost_attempt_does_not_keep_the_buyer_from_paying(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.restore("DELETE FROM payments; UPDATE orders SET status = 'created'").await;
    let form = start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts again");
    assert_eq!(form.attempt, 1);
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    purchase.event_about("evt_1", &intent).await;
    purchase.assert_complete().await;
}

/// Two attempts that may take money are one too many: the lost one waits for the other to end.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_lost_payment_waits_for_an_open_attempt(db: PgPool) {
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

/// An intent says by itself what it is for; what it says must fit.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_intent_of_another_price_is_none_of_ours(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_paid_and_lost().await;
    purchase.restore("UPDATE orders SET price_cents = price_cents + 1").await;
    purchase.event_about("evt_1", &intent).await;
    assert_eq!(purchase.attempts().await, []);
    assert_eq!(purchase.status().await, OrderStatus::Created);
}
