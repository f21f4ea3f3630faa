//! A purchase without failures.

use model::orders::OrderEventKind;
use sqlx::{PgPool, Postgres};
use tokio::task::JoinSet;

use super::*;
use crate::{
    ids::fresh,
    orders::cancel::cancel,
    payments::{
        check::{CheckError, check},
        start::StartError,
    },
    testing::{CHALLENGED_CARD, GOOD_CARD, pay_with, wire},
};

impl Purchase {
    /// Another transaction holds the row lock of the order.
    async fn holds_the_order(&self) -> sqlx::Transaction<'static, Postgres> {
        let mut holder = self.backend.db.begin().await.expect("begins");
        sqlx::query("SELECT FROM orders FOR NO KEY UPDATE").execute(&mut *holder).await.expect("locks the row");
        holder
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn good_card_completes_the_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let form = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
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
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, CHALLENGED_CARD).await;
    let order = check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    assert_eq!(order.status, OrderStatus::AwaitingPayment);
    assert_eq!(purchase.captured_and_refunded(), (0, 0));
}

/// Two windows get one attempt and one intent.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_starts_at_once_open_one_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let mut starts = JoinSet::new();
    for _ in 0..10 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        starts.spawn(async move { testing::start_payment(&backend, bob, order).await });
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

/// Both windows find no attempt, and then both wait for the order: the second gets the attempt of the
/// first.
///
/// Proves that the second's violation of the constraint is caught: without that it fails.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn two_windows_get_the_same_attempt(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let mut holder = purchase.holds_the_order().await;
    let mut starts = JoinSet::new();
    for _ in 0..2 {
        let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
        starts.spawn(async move { testing::start_payment(&backend, bob, order).await });
    }
    testing::until("both wait", || async { testing::waiting_for_locks(&purchase.backend.db).await == 2 }).await;
    sqlx::query("UPDATE orders SET is_wanted = true").execute(&mut *holder).await.expect("another change");
    holder.commit().await.expect("commits");
    for outcome in starts.join_all().await {
        match outcome {
            Ok(form) => assert_eq!(form.attempt, 1),
            // The first call with the same key is still running.
            Err(StartError::Stripe(platform::stripe::StripeError::Unavailable(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(purchase.attempts().await, [PaymentStatus::Open]);
    assert_eq!(testing::counted_events(&purchase.backend.db, OrderEventKind::AttemptOpened), 1);
}

/// The lock ends while the statement waits for the order's row.
///
/// Proves that the clock is read after the wait: otherwise an order that has ended gets an attempt.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_reads_the_clock_after_the_wait(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let soon = "UPDATE tickets SET held_until = clock_timestamp() + interval '1 second'";
    sqlx::query(soon).execute(&purchase.backend.db).await.expect("a short lock");
    let holder = purchase.holds_the_order().await;
    let (backend, bob, order) = (purchase.backend.clone(), purchase.bob, purchase.order);
    let starting = tokio::spawn(async move { testing::start_payment(&backend, bob, order).await });
    testing::until("it waits", || async { testing::waiting_for_locks(&purchase.backend.db).await == 1 }).await;
    let ended = "SELECT count(*) FROM tickets WHERE held_until <= clock_timestamp()";
    testing::until("the lock has ended", || async { testing::count(&purchase.backend.db, ended).await == 1 }).await;
    holder.rollback().await.expect("lets go");
    let refused = starting.await.expect("no panic");
    assert!(matches!(refused, Err(StartError::Ended)), "{refused:?}");
    assert!(purchase.attempts().await.is_empty());
}

/// Proves that opening is one statement, and storing the intent another: in transactions they are nine.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_takes_two_statements_and_one_to_continue(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let (backend, wire) = wire::counted(&purchase.backend).await;
    let press = async |order: OrderId| {
        testing::start_payment(&backend, purchase.bob, order).await.expect("starts");
    };
    let ticket = testing::listing(&backend, purchase.ana).await;
    let another = testing::lock_one(&backend, purchase.bob, ticket, PRICE).await.expect("locks");
    press(another).await;
    assert_eq!(wire.count(Box::pin(press(purchase.order))).await.statements, 2);
    assert_eq!(wire.count(Box::pin(press(purchase.order))).await.statements, 1);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Open]);
}

/// Ten checks of an authorised payment capture the money once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_checks_at_once_capture_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
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
        let refused = testing::start_payment(&purchase.backend, who, order).await;
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
    let refused = testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await;
    assert!(matches!(refused, Err(StartError::Ended)), "{refused:?}");
    let again = testing::lock_one(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks again");
    cancel(&purchase.backend, purchase.bob, again).await.expect("cancels");
    let refused = testing::start_payment(&purchase.backend, purchase.bob, again).await;
    assert!(matches!(refused, Err(StartError::Ended)), "{refused:?}");
    assert!(purchase.simulator.requests().is_empty(), "Stripe was not asked");
}
