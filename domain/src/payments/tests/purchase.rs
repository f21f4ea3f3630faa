//! A purchase without failures.

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
async fn good_card_completes_the_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let form = start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    assert_eq!((form.attempt, form.publishable_key.as_str()), (1, "pk_test_sim"));
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment);

    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(order.status, OrderStatus::Complete);
    purchase.assert_complete().await;

    let before = testing::snapshot(&purchase.backend.db).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before, "a second look changes nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn nothing_is_captured_before_authorisation(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, CHALLENGED_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(order.status, OrderStatus::AwaitingPayment);
    assert_eq!(purchase.captured_and_refunded(), (0, 0));
}

/// Two windows get one attempt and one intent.
///
/// Proves the order's row lock in `start`, and as a second guard the index `payments_one_live_per_order`:
/// without the lock some of the starts fail on the index.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_starts_at_once_open_one_attempt(db: PgPool) {
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

/// Ten checks of an authorised payment capture the money once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_checks_at_once_capture_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let mut checks = JoinSet::new();
    for _ in 0..10 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        checks.spawn(async move { check(&backend, bob, order).await });
    }
    checks.join_all().await;
    // Some may have run into another's call at Stripe; the next check finds the payment captured.
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
    assert_eq!(purchase.calls("/capture"), 1);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_and_check_fail_for_other_users(db: PgPool) {
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
async fn start_fails_when_order_has_ended(db: PgPool) {
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
