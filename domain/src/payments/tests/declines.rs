//! Declined cards.

use model::orders::ListingNow;
use sqlx::PgPool;

use super::*;
use crate::{
    payments::{check::check, sweep::sweep},
    testing::{self, DECLINED_CARD, GOOD_CARD, newest_intent, pay_with},
};

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn declined_card_keeps_lock_and_next_card_pays(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!((order.status, order.declined_attempts, order.attempts_allowed), (OrderStatus::AwaitingPayment, 1, 3));
    assert!(matches!(purchase.availability().await, Availability::LockedUntil(_)));

    let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts again");
    assert_eq!(form.attempt, 2);
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Declined, PaymentStatus::Captured]);
}

/// The page asks for the next attempt before the decline is stored.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_stores_the_decline_first(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts again");
    assert_eq!(form.attempt, 2);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Declined, PaymentStatus::Open]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn third_decline_cancels_order_and_frees_ticket(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    for attempt in 1..=3 {
        let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
        assert_eq!(form.attempt, attempt);
        pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
        check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    }
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!(
        (order.status, order.declined_attempts, order.listing_now),
        (OrderStatus::Cancelled, 3, Some(ListingNow::Free))
    );
    assert_eq!(purchase.availability().await, Availability::OnSale);
    purchase.assert_no_money();
}

/// Many runs see one decline at the same moment: it counts once.
///
/// Proves the conditional update in `decline::record`: if every run counted it, one declined card would
/// cancel the order.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn decline_seen_by_many_counts_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    let mut checks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        checks.spawn(async move { check(&backend, bob, order).await });
    }
    checks.join_all().await;
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!((order.status, order.declined_attempts), (OrderStatus::AwaitingPayment, 1));
}

/// Stripe does not answer the call that closes the declined intent: it stays open for a while, and the
/// sweep retries. An attempt that is stored as declined is not polled again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn decline_is_stored_after_intent_is_closed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    let cancel_fails = |fails: stripe_sim::Faults| stripe_sim::Faults { path: Some("/cancel".into()), ..fails };
    for (faults, is_open) in [
        (stripe_sim::Faults { fail_next: 1, ..Default::default() }, 1),
        (stripe_sim::Faults { lose_answer_next: 1, ..Default::default() }, 0),
    ] {
        purchase.simulator.set_faults(cancel_fails(faults));
        check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("Stripe did not answer");
        assert_eq!(purchase.attempts().await, [PaymentStatus::Open]);
        assert_eq!(purchase.simulator.balances().open, is_open);
    }

    testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_mins(1)).await;
    sweep(&purchase.backend).await.expect("sweeps");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Declined], "closed in the end, and a decline all the same");
    purchase.assert_no_money();
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment, "the lock stays");
}

/// A second window still has the form of the declined attempt.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn declined_attempt_cannot_be_paid_later(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let declined = newest_intent(&purchase.backend, purchase.order).await;
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert!(!purchase.simulator.confirm(&declined, GOOD_CARD), "a closed intent takes no card");
    purchase.assert_no_money();
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment, "the lock stays");
}

/// Between the look at a declined card and the closing of its intent, another window has a good card
/// authorised. That one is voided, and no decline is counted.
///
/// Proves the look after the closing: without it a good card ends an order.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn card_that_is_authorised_meanwhile_is_no_decline(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
    let stalls =
        stripe_sim::Faults { stall_next: 1, stall_ms: 1500, path: Some("/cancel".into()), ..Default::default() };
    purchase.simulator.set_faults(stalls);
    let other_window = async {
        testing::until("the call waits", async || purchase.simulator.faults().stall_next == 0).await;
        assert!(purchase.simulator.confirm(&intent, GOOD_CARD), "it is open still");
    };
    let (checked, ()) = tokio::join!(check(&purchase.backend, purchase.bob, purchase.order), other_window);
    let order = checked.expect("checks");
    assert_eq!((order.status, order.declined_attempts), (OrderStatus::AwaitingPayment, 0));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    purchase.assert_no_money();
}
