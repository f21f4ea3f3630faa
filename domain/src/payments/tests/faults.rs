//! Stripe fails, or its answer is lost.

use model::{AppError, Code};
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    payments::{
        check::check,
        rounds::{INTERVAL, ROUND, UNSETTLED},
        sweep::sweep,
    },
    testing::{GOOD_CARD, pay_with},
};

fn once(path: &str, lose_answer: bool) -> Faults {
    let (fail_next, lose_answer_next) = if lose_answer { (0, 1) } else { (1, 0) };
    Faults { fail_next, lose_answer_next, path: Some(path.into()), ..Default::default() }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_fails_and_keeps_lock_when_stripe_is_down(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.simulator.set_faults(once("POST /v1/payment_intents", false));
    let error =
        testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect_err("Stripe is down");
    assert_eq!(AppError::from(error).code(), Code::PaymentsUnavailable);
    assert!(matches!(purchase.availability().await, Availability::LockedUntil(_)));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    // Stripe would repeat its failure with the first attempt's key for a day.
    let form =
        testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("opens another attempt");
    assert_eq!(form.attempt, 2);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled, PaymentStatus::Open]);
    let order = show(&purchase.backend, purchase.bob, purchase.order).await.expect("shows");
    assert_eq!(order.declined_attempts, 0, "no card was declined");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_gives_up_after_too_many_failures(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let faults = Faults { fail_next: 1000, path: Some("POST /v1/payment_intents".into()), ..Default::default() };
    purchase.simulator.set_faults(faults);
    for _ in 0..25 {
        let error =
            testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect_err("Stripe fails");
        assert_eq!(AppError::from(error).code(), Code::PaymentsUnavailable);
    }
    assert_eq!(purchase.attempts().await.len(), 20);
}

/// The intent was created, and the answer was lost: the idempotency key finds it again.
///
/// Proves the key of `create_intent`: without it there are two intents.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_answer_does_not_create_a_second_intent(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.simulator.set_faults(once("POST /v1/payment_intents", true));
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect_err("the answer was lost");
    let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("goes on");
    assert_eq!(form.attempt, 1);
    assert_eq!(purchase.simulator.balances().payments.len(), 1, "one intent");
}

/// The capture succeeded, and the answer was lost.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_capture_answer_is_completed_by_next_run(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.simulator.set_faults(once("/capture", true));
    check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("the answer was lost");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Capturing]);
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
}

/// The answer is lost at the end of the lock, and no webhook comes.
///
/// Proves the length of the grace: when it ends before the sweep, the next buyer has the ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_capture_answer_is_completed_before_the_next_buyer(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let db = &purchase.backend.db;
    testing::let_time_pass(db, purchase.backend.rules.lock_length.saturating_sub(UNSETTLED)).await;
    purchase.simulator.set_faults(once("/capture", true));
    check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("the answer was lost");
    testing::let_time_pass(db, UNSETTLED + INTERVAL + ROUND).await;
    let carol = testing::user(db, "carol").await;
    testing::lock_one(&purchase.backend, carol, purchase.ticket, PRICE).await.expect_err("it is Bob's");
    sweep(&purchase.backend).await.expect("sweeps");
    purchase.assert_complete().await;
}

/// The buyer closes the page while the money is being captured. No webhook and no sweep follows.
///
/// Proves that the step outlives its request: otherwise the attempt stays `capturing`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn capture_is_stored_though_the_request_is_dropped(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    let stall = Faults { stall_next: 1, stall_ms: 500, path: Some("/capture".into()), ..Default::default() };
    purchase.simulator.set_faults(stall);
    tokio::select! {
        checked = check(&purchase.backend, purchase.bob, purchase.order) => panic!("too early: {checked:?}"),
        () = testing::until("it captures", || async { purchase.attempts().await == [PaymentStatus::Capturing] }) => {}
    }
    purchase.backend.payment_steps.end().await;
    purchase.assert_complete().await;
}

/// While the capture is running, the order cannot be cancelled.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cancel_fails_while_capturing(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.simulator.set_faults(once("/capture", true));
    check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("the answer was lost");
    let refused = crate::orders::cancel::cancel(&purchase.backend, purchase.bob, purchase.order).await;
    assert!(matches!(refused, Err(crate::orders::cancel::CancelError::PaymentInProgress)), "{refused:?}");
}

/// No webhook arrives: the sweep asks Stripe, a minute later.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_completes_payment_without_webhook(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    assert!(sweep(&purchase.backend).await.expect("sweeps").payments.is_empty(), "too early");
    testing::let_time_pass(&purchase.backend.db, std::time::Duration::from_secs(61)).await;
    assert_eq!(sweep(&purchase.backend).await.expect("sweeps").payments.len(), 1);
    purchase.assert_complete().await;
    assert!(sweep(&purchase.backend).await.expect("sweeps").payments.is_empty(), "settled");
}

/// No connection is held during a call to Stripe: a pool of one connection is enough.
///
/// Proves that `check` and `start` hold none: with a transaction open across the call, the second query
/// would wait for a connection, and time out.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn no_connection_is_held_while_stripe_is_called(
    options: sqlx::postgres::PgPoolOptions,
    connect: sqlx::postgres::PgConnectOptions,
) {
    let db = options.max_connections(1).connect_with(connect).await.expect("a pool of one");
    let purchase = Purchase::begin(db).await;
    purchase.simulator.set_faults(Faults { stall_next: 1, stall_ms: 500, ..Default::default() });
    let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
    let starting = tokio::spawn(async move { testing::start_payment(&backend, bob, order).await });
    testing::until("the call is on its way", || async { !purchase.attempts().await.is_empty() }).await;
    // This query needs the only connection of the pool.
    assert_eq!(purchase.status().await, OrderStatus::AwaitingPayment);
    assert!(!starting.is_finished(), "Stripe has not answered yet");
    starting.await.expect("no panic").expect("starts");
}
