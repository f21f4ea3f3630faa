//! Stripe refuses a capture, or does not know an intent.

use std::time::Duration;

use model::{AppError, Code};
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    doctor::examine::examine,
    expiration::sweep::sweep_payments,
    payments::{
        check::{CheckError, check},
        sweep::sweep,
    },
    testing::{GOOD_CARD, pay_with},
};

const A_WHILE: Duration = Duration::from_secs(30);
const AN_HOUR: Duration = Duration::from_hours(1);

impl Purchase {
    async fn begin_paid(db: PgPool) -> Self {
        let purchase = Self::begin(db).await;
        testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
        pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
        purchase
    }

    /// The same database with the keys of another account, which does not know the intents of this one.
    async fn with_other_keys(&self) -> (Backend, Simulator) {
        TestBackend::with_simulator(self.backend.db.clone()).await
    }

    /// How many captures Stripe was asked for, whatever it answered.
    fn captures_asked(&self) -> usize {
        self.simulator.requests().iter().filter(|line| line.path.ends_with("/capture")).count()
    }
}

/// Runs both sweeps. What fails is tried again later.
async fn sweep_both(backend: &Backend) {
    sweep_payments(backend).await.expect("sweeps");
    sweep(backend).await.expect("sweeps");
}

/// Proves the backoff: without it each sweep and each press asks for the capture again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_capture_is_tried_less_and_less_often(db: PgPool) {
    let purchase = Purchase::begin_paid(db).await;
    purchase.simulator.set_faults(Faults { capture_refuse_next: 1000, ..Default::default() });
    for _ in 0..2 {
        let refused = check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("Stripe refuses");
        assert!(matches!(refused, CheckError::Delayed(_)), "{refused:?}");
        assert_eq!(AppError::from(refused).code(), Code::PaymentDelayed);
    }
    assert_eq!(purchase.captures_asked(), 1);
    for _ in 0..AN_HOUR.as_secs() / A_WHILE.as_secs() {
        testing::let_time_pass(&purchase.backend.db, A_WHILE).await;
        sweep_both(&purchase.backend).await;
    }
    assert!((5..=7).contains(&purchase.captures_asked()), "{}", purchase.captures_asked());
    assert_eq!(purchase.attempts().await, [PaymentStatus::Capturing]);

    purchase.simulator.set_faults(Faults::default());
    testing::let_time_pass(&purchase.backend.db, AN_HOUR).await;
    sweep_both(&purchase.backend).await;
    purchase.assert_complete().await;
    let refusals = "SELECT refusals::bigint FROM payments";
    assert_eq!(testing::count(&purchase.backend.db, refusals).await, 0, "the next one backs off from the start");
}

/// Proves that both sweeps leave out what backs off: otherwise the oldest hundred fill every batch.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_payments_do_not_starve_a_healthy_one(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    testing::overdue_orders(&purchase.backend.db, purchase.ana, purchase.bob, 100).await;
    sqlx::query(
        "INSERT INTO payments (id, order_id, attempt, status, stripe_intent_id, amount_cents, currency, refusals, next_try_at)
        SELECT gen_random_uuid(), id, 1, 'capturing', 'pi_' || id, price_cents, currency, 1, now() + interval '1 hour'
        FROM orders WHERE status = 'created'",
    )
    .execute(&purchase.backend.db)
    .await
    .expect("payments that Stripe has refused");
    sqlx::query("UPDATE tickets SET has_payment = true").execute(&purchase.backend.db).await.expect("have a payment");
    assert_eq!(sweep_payments(&purchase.backend).await.expect("sweeps").len(), 1);
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    testing::let_time_pass(&purchase.backend.db, A_WHILE * 3).await;
    assert_eq!(sweep(&purchase.backend).await.expect("sweeps").payments.len(), 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unknown_intent_ends_with_its_order(db: PgPool) {
    let purchase = Purchase::begin_paid(db).await;
    let (backend, _simulator) = purchase.with_other_keys().await;
    purchase.time_runs_out().await;
    sweep_payments(&backend).await.expect("sweeps");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    assert_eq!(purchase.status().await, OrderStatus::Expired);
}

/// The buyer pays by the next attempt, in the account that the keys are of.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn start_replaces_an_unknown_intent(db: PgPool) {
    let purchase = Purchase::begin_paid(db).await;
    let (backend, _simulator) = purchase.with_other_keys().await;
    let form = testing::start_payment(&backend, purchase.bob, purchase.order).await.expect("opens another attempt");
    assert_eq!(form.attempt, 2);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled, PaymentStatus::Open]);
}

/// Money may be taken. The right keys find out; until then the doctor reports it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unknown_intent_is_left_to_a_person_once_a_capture_began(db: PgPool) {
    let purchase = Purchase::begin_paid(db).await;
    let lost = Faults { lose_answer_next: 1, path: Some("/capture".into()), ..Default::default() };
    purchase.simulator.set_faults(lost);
    check(&purchase.backend, purchase.bob, purchase.order).await.expect_err("the answer was lost");
    let (backend, other) = purchase.with_other_keys().await;
    purchase.time_runs_out().await;
    for _ in 0..10 {
        testing::let_time_pass(&backend.db, A_WHILE * 2).await;
        sweep_both(&backend).await;
    }
    assert_eq!(purchase.attempts().await, [PaymentStatus::Capturing]);
    assert_eq!(purchase.status().await, OrderStatus::Expired, "by the clock");
    assert!(other.requests().len() <= 5, "{}", other.requests().len());
    let delayed = check(&backend, purchase.bob, purchase.order).await.expect_err("it backs off");
    assert_eq!(AppError::from(delayed).code(), Code::PaymentDelayed);
    testing::let_time_pass(&backend.db, AN_HOUR).await;
    let report = examine(&backend.db).await.expect("examines");
    assert!(report.violations().any(|check| check.name == "backlog.open_payment"), "{report:?}");

    sweep_both(&purchase.backend).await;
    purchase.assert_complete().await;
}
