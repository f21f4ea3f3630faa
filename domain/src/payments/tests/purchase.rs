//! The purchase as it should go.

use crate::ids::fresh;
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::*;
use crate::{
    orders::cancel::cancel,
    payments::{
        check::{CheckError, check},
        start::{StartError, start},
    },
    testing::{CHALLENGED_CARD, GOOD_CARD, pay_with},
};

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_good_card_completes_the_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let form = start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    assert_eq!((form.attempt, form.publishable_key.as_str()), (1, "pk_test_sim"));
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment);

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(order.status, OrderStatus::Complete);
    purchase.assert_complete().await;

    let settled = testing::snapshot(&purchase.backend.db).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, settled, "a second look changes nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn nothing_is_captured_before_the_bank_has_agreed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, CHALLENGED_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(order.status, OrderStatus::AwaitingPayment);
    assert_eq!(purchase.captured_and_refunded(), (0, 0));
}

/// From two windows there is one attempt and one intent.
///
/// Proves the order's row lock in `start`, and behind it the index `payments_one_live_per_order`:
/// without the lock some of the starts fail on the index.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn starting_many_times_at_once_opens_one_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let mut starts = JoinSet::new();
    for _ in 0..10 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        starts.spawn(async move { start(&backend, bob, order).await });
    }
    let mut secrets: Vec<String> = Vec::new();
    for outcome in starts.join_all().await {
        match outcome {
            Ok(form) => secrets.push(form.client_secret),
            // Stripe answers a second call with the same key, while the first runs, with 409.
            Err(StartError::Stripe(platform::stripe::StripeError::Unavailable(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    secrets.dedup();
    assert_eq!(secrets.len(), 1, "one intent");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Open]);
    assert_eq!(purchase.calls("/payment_intents"), 1);
}

/// Ten looks at an authorised payment take the money once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn checking_many_times_at_once_captures_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let mut checks = JoinSet::new();
    for _ in 0..10 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        checks.spawn(async move { check(&backend, bob, order).await });
    }
    checks.join_all().await;
    // Some may have met another's call at Stripe; whoever looks next finds it settled.
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
    assert_eq!(purchase.calls("/capture"), 1);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn anothers_order_can_be_neither_paid_nor_checked(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    for (who, order) in [(purchase.ana, purchase.order), (purchase.bob, fresh::<OrderId>())] {
        let refused = start(&purchase.backend, who, order).await;
        assert!(matches!(refused, Err(StartError::NotFound)), "{refused:?}");
        let refused = check(&purchase.backend, who, order).await;
        assert!(matches!(refused, Err(CheckError::Show(_))), "{refused:?}");
    }
    assert!(purchase.simulator.requests().is_empty(), "Stripe was not asked");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_order_that_has_ended_takes_no_payment(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.time_runs_out().await;
    let refused = start(&purchase.backend, purchase.bob, purchase.order).await;
    assert!(matches!(refused, Err(StartError::Ended)), "{refused:?}");
    let again = lock(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks again");
    cancel(&purchase.backend, purchase.bob, again).await.expect("cancels");
    let refused = start(&purchase.backend, purchase.bob, again).await;
    assert!(matches!(refused, Err(StartError::Ended)), "{refused:?}");
    assert!(purchase.simulator.requests().is_empty(), "Stripe was not asked");
}
