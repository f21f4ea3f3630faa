//! Captures of another amount than the price, which the operator makes at Stripe.

use std::time::Duration;

use model::orders::{OrderEventKind, Refund};
use sqlx::PgPool;

use super::*;
use crate::{
    doctor::examine::examine,
    ledger::balance::balance,
    payments::check::check,
    testing::{GOOD_CARD, capture_part, newest_intent, pay_with, refund},
};

const A_MINUTE: Duration = Duration::from_secs(61);

impl Purchase {
    /// Bob has authorised his card, and the operator captures $10.00 of it.
    async fn is_captured_in_part(&self) -> String {
        testing::start_payment(&self.backend, self.bob, self.order).await.expect("starts");
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        let intent = newest_intent(&self.backend, self.order).await;
        capture_part(&self.backend, &intent, 1000).await;
        intent
    }
}

/// Nothing is sold for a part of its price, and the money waits for the operator.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn capture_of_a_part_waits_for_the_operator(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let intent = purchase.is_captured_in_part().await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!((order.status, order.wrong_amount), (OrderStatus::Cancelled, Some(Money::usd(1000))));
    assert_eq!(order.again, None, "nothing is offered to a buyer whose payment is looked into");
    assert_eq!(order.timeline.last().map(|entry| entry.what), Some(OrderEventKind::WrongAmount));
    assert_eq!(purchase.attempts().await, [PaymentStatus::WrongAmount]);
    assert_eq!(purchase.availability().await, Availability::OnSale);
    assert_eq!(balance(&purchase.backend, purchase.ana, None).await.expect("reads").balance, Money::usd(0));
    purchase.assert_booked(1000).await;
    let report = examine(&purchase.backend.db).await.expect("examines");
    let violations: Vec<_> = report.violations().map(|check| check.name.as_str()).collect();
    assert_eq!(violations, ["payments.wrong_amount"]);
    let before = testing::snapshot(&purchase.backend.db).await;
    purchase.some_event_arrives().await;
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before);

    // The operator gives it back at Stripe.
    refund(&purchase.backend, &intent, None).await;
    purchase.some_event_arrives().await;
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::Cancelled, Some(Refund::Done)));
    purchase.assert_booked(0).await;
    assert_eq!(examine(&purchase.backend.db).await.expect("examines").violations().count(), 0);
}

/// The order has ended by then: all of it goes back by itself.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn capture_of_a_part_for_an_ended_order_goes_back(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.is_captured_in_part().await;
    crate::orders::cancel::cancel(&purchase.backend, purchase.bob, purchase.order).await.expect("cancels");
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.captured_and_refunded(), (1000, 1000));
    purchase.assert_booked(0).await;
}
