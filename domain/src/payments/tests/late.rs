//! The card is authorised after the lock's end, or just before it.

use model::tickets::ListingInput;
use sqlx::PgPool;

use super::*;
use crate::{
    expiration::expire::{Expiry, expire},
    orders::{cancel::cancel, lock::LockError},
    payments::{
        check::check,
        reconcile::{IfUnpaid, reconcile},
        store,
    },
    testing::{GOOD_CARD, capture, confirm, newest_intent, pay_with},
};

impl Purchase {
    /// Does what the webhook's job does when the authorisation arrives.
    async fn authorisation_arrives(&self) {
        let intent = newest_intent(&self.backend, self.order).await;
        let payment = store::find_by_intent(&self.backend.db, &intent).await.expect("reads").expect("the attempt");
        reconcile(&self.backend, payment, IfUnpaid::Wait).await.expect("reconciles");
        let before = testing::snapshot(&self.backend.db).await;
        reconcile(&self.backend, payment, IfUnpaid::Wait).await.expect("reconciles");
        assert_eq!(testing::snapshot(&self.backend.db).await, before, "a second run changes nothing");
    }

    /// Another user locks the ticket, whose lock has ended, and whose payment grace is over.
    async fn another_buyer_locks(&self) -> (UserId, OrderId) {
        self.grace_runs_out().await;
        let eve = testing::user(&self.backend.db, "eve").await;
        (eve, testing::lock_one(&self.backend, eve, self.ticket, PRICE).await.expect("an overdue lock is no lock"))
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn expire_closes_intent_then_frees_ticket(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("expires"), Expiry::Expired);
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    purchase.assert_no_money();
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("expires"), Expiry::AlreadyOver);
}

/// A form that still takes money for a ticket that is gone must not remain.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn expire_fails_while_stripe_does_not_answer(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    purchase.simulator.set_faults(stripe_sim::Faults {
        fail_next: 1,
        path: Some("/cancel".into()),
        ..Default::default()
    });
    expire(&purchase.backend, purchase.order).await.expect_err("Stripe did not answer");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Open], "the order has not ended");
    assert!(
        matches!(purchase.availability().await, Availability::LockedUntil(_)),
        "a card may have been authorised in time"
    );
    purchase.grace_runs_out().await;
    assert_eq!(purchase.availability().await, Availability::OnSale, "and then the ticket is free all the same");
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!((order.status, order.is_undecided), (OrderStatus::Expired, true), "a card may have been sent");
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("expires"), Expiry::Expired);
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!((order.status, order.is_undecided), (OrderStatus::Expired, false));
    purchase.assert_no_money();
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_before_lock_end_counts_as_paid(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("runs"), Expiry::AlreadyOver);
    purchase.assert_complete().await;
}

/// The lock ended, another user held the ticket for a while, and it is free again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_completes_when_ticket_is_free(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    let (eve, other) = purchase.another_buyer_locks().await;
    cancel(&purchase.backend, eve, other).await.expect("cancels");
    assert_eq!(purchase.status().await, OrderStatus::Expired);

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.authorisation_arrives().await;
    purchase.assert_complete().await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_is_voided_when_ticket_is_gone(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    let (eve, other) = purchase.another_buyer_locks().await;

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.authorisation_arrives().await;
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    assert_eq!(
        show(&purchase.backend, eve, other).await.expect("shows").status,
        OrderStatus::Created,
        "the new holder notices nothing"
    );
    purchase.assert_no_money();
}

/// Bob's card is authorised in time, and Stripe's webhook is late. The next buyer presses at the moment when the lock
/// ends.
///
/// Proves the payment grace in `TicketState::of`: without it Eve gets the ticket that Bob has paid for.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn late_webhook_loses_no_ticket(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.time_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    let before = testing::outbox(&purchase.backend.db).await.len();
    for _ in 0..2 {
        let refused = testing::lock_one(&purchase.backend, eve, purchase.ticket, PRICE).await;
        assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");
    }
    let jobs = testing::outbox(&purchase.backend.db).await;
    let asked = jobs[before..].iter().filter(|(job, _)| matches!(job, crate::outbox::Job::ReconcilePayment { .. }));
    assert_eq!(asked.count(), 1, "Stripe is asked at once, and once");
    purchase.authorisation_arrives().await;
    purchase.assert_complete().await;
}

/// The seller changed the price after the lock had ended: the old price is not offered.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_is_voided_when_listing_changed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    purchase.grace_runs_out().await;
    let input = ListingInput { price: "60".into(), ..testing::listing_input() };
    tickets::edit::edit(&purchase.backend, purchase.ana, purchase.ticket, 1, &input).await.expect("edits");

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.authorisation_arrives().await;
    purchase.assert_no_money();
    assert_eq!(purchase.availability().await, Availability::OnSale);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cancelled_order_is_not_captured(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    cancel(&purchase.backend, purchase.bob, purchase.order).await.expect("cancels");
    let jobs = testing::outbox(&purchase.backend.db).await;
    assert!(jobs.iter().any(|(job, _)| matches!(job, crate::outbox::Job::ReconcilePayment { .. })), "{jobs:?}");

    // Another window had the card form open.
    confirm(&purchase.backend, &intent, GOOD_CARD).await;
    purchase.authorisation_arrives().await;
    assert_eq!(purchase.status().await, OrderStatus::Cancelled);
    purchase.assert_no_money();
}

/// The buyer cancels in one window while the payment is captured in another: either the ticket is theirs,
/// or no money moves.
///
/// Proves the order's row lock in `capture::lock_rows`: without it some runs capture for an order that
/// has just been cancelled, and have to refund the money.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cancel_races_with_capture(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let (mut completed, mut cancelled) = (0, 0);
    for _ in 0..40 {
        let ticket = testing::listing(&purchase.backend, purchase.ana).await;
        let order = testing::lock_one(&purchase.backend, purchase.bob, ticket, PRICE).await.expect("locks");
        testing::start_payment(&purchase.backend, purchase.bob, order).await.expect("starts");
        pay_with(&purchase.backend, order, GOOD_CARD).await;
        let (checked, _) =
            tokio::join!(check(&purchase.backend, purchase.bob, order), cancel(&purchase.backend, purchase.bob, order));
        match checked.expect("checks").status {
            OrderStatus::Complete => completed += 1,
            OrderStatus::Cancelled => cancelled += 1,
            status => panic!("{status:?}"),
        }
    }
    assert_eq!(completed + cancelled, 40);
    assert_eq!(purchase.captured_and_refunded(), (completed * PRICE.cents(), 0), "{cancelled} were cancelled");
}

/// The payment was captured, and the process died before it was stored; meanwhile another user got the
/// ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn undeliverable_capture_is_refunded(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    capture(&purchase.backend, &intent).await;
    purchase.time_runs_out().await;
    purchase.another_buyer_locks().await;

    purchase.authorisation_arrives().await;
    assert_eq!(purchase.captured_and_refunded(), (PRICE.cents(), PRICE.cents()));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!(
        (order.status, order.refund),
        (OrderStatus::Expired, Some(model::orders::Refund::Done)),
        "and the buyer is told"
    );
}

/// Two runs see the capture. The first refunds the money, because the ticket is another user's; when the
/// second runs, the ticket is free again.
///
/// Proves that `capture::deliver` checks the attempt before it takes the ticket again: without the check
/// the ticket is locked for an order whose money was refunded.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refunded_payment_takes_no_ticket(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    capture(&purchase.backend, &intent).await;
    let id = store::find_by_intent(&purchase.backend.db, &intent).await.expect("reads").expect("the attempt");
    let seen = store::find(&purchase.backend.db, id).await.expect("reads").expect("the attempt");
    purchase.time_runs_out().await;
    let (eve, other) = purchase.another_buyer_locks().await;
    purchase.authorisation_arrives().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    cancel(&purchase.backend, eve, other).await.expect("cancels");

    let before = testing::snapshot(&purchase.backend.db).await;
    crate::payments::capture::finalize(&purchase.backend, &seen, PRICE.cents()).await.expect("finalizes");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before);
    assert_eq!(purchase.availability().await, Availability::OnSale);
}
