//! Refunds: by the operator at Stripe, and after refusals of banks.

use std::time::Duration;

use model::orders::{OrderEventKind, Refund};
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    expiration,
    payments::{
        reconcile::{IfUnpaid, reconcile},
        store,
        sweep::sweep,
    },
    testing::{DECLINED_CARD, GOOD_CARD, capture, counted_events, hear_of, newest_intent, pay_with, refund},
};

const AN_HOUR: Duration = Duration::from_secs(3601);
const A_MINUTE: Duration = Duration::from_secs(61);

impl Purchase {
    /// Does what the job of any event about the newest intent does.
    pub(super) async fn some_event_arrives(&self) {
        hear_of(&self.backend, &newest_intent(&self.backend, self.order).await).await;
    }

    pub(super) async fn refund(&self) -> Option<Refund> {
        show(&self.backend, self.bob, self.order).await.expect("shows").refund
    }

    pub(super) async fn refunded(&self) -> Option<Money> {
        show(&self.backend, self.bob, self.order).await.expect("shows").refunded
    }

    /// Lets time pass and runs the sweep.
    pub(super) async fn sweep_after(&self, time: Duration) {
        testing::let_time_pass(&self.backend.db, time).await;
        for (id, outcome) in sweep(&self.backend).await.expect("sweeps").payments {
            outcome.unwrap_or_else(|error| panic!("{id}: {error:?}"));
        }
    }

    /// Captures the payment while the ticket belongs to another user.
    async fn is_undeliverable(&self) {
        testing::start_payment(&self.backend, self.bob, self.order).await.expect("starts");
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        capture(&self.backend, &newest_intent(&self.backend, self.order).await).await;
        self.time_runs_out().await;
        self.grace_runs_out().await;
        let eve = testing::user(&self.backend.db, "eve").await;
        testing::lock_one(&self.backend, eve, self.ticket, PRICE).await.expect("locks");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn operators_refund_refunds_the_order(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    refund(&purchase.backend, &newest_intent(&purchase.backend, purchase.order).await, None).await;
    assert_eq!(purchase.status().await, OrderStatus::Complete, "no event has arrived");
    purchase.some_event_arrives().await;
    assert_eq!(purchase.status().await, OrderStatus::Refunded);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.availability().await, Availability::Sold, "the seller decides what becomes of it");
    let timeline = purchase.timeline().await;
    assert_eq!(
        timeline[timeline.len() - 2..],
        [(OrderEventKind::RefundStarted, Some(1)), (OrderEventKind::Refunded, Some(1))]
    );
    // More events, of whatever name, in whatever order.
    let before = testing::snapshot(&purchase.backend.db).await;
    purchase.some_event_arrives().await;
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before);
}

/// The bank refuses the refund; an hour later it is retried, and the bank accepts it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn failed_refund_is_retried_with_another_key(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.is_undeliverable().await;
    purchase.simulator.set_faults(Faults { refund_fail_next: 1, ..Default::default() });
    purchase.some_event_arrives().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::RefundFailed]);
    assert_eq!(purchase.refund().await, Some(Refund::Failed), "and the buyer is told");
    // Stripe sends three events about a failed refund: none of them retries it.
    purchase.some_event_arrives().await;
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!((purchase.calls("/refunds"), purchase.refund().await), (1, Some(Refund::Failed)));

    purchase.sweep_after(AN_HOUR).await;
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!(purchase.refund().await, Some(Refund::Done));
    assert_eq!(purchase.captured_and_refunded(), (PRICE.cents(), PRICE.cents()));
    let timeline: Vec<_> = purchase.timeline().await.into_iter().map(|(what, _)| what).collect();
    let refunds = [
        OrderEventKind::RefundStarted,
        OrderEventKind::RefundFailed,
        OrderEventKind::RefundStarted,
        OrderEventKind::Refunded,
    ];
    assert_eq!(timeline[timeline.len() - 4..], refunds);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_is_left_to_operator_after_too_many_failures(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.is_undeliverable().await;
    purchase.simulator.set_faults(Faults { refund_fail_next: 100, ..Default::default() });
    purchase.some_event_arrives().await;
    for _ in 0..8 {
        purchase.sweep_after(AN_HOUR).await;
        purchase.sweep_after(A_MINUTE).await;
    }
    assert_eq!((purchase.calls("/refunds"), purchase.refund().await), (5, Some(Refund::Failed)));
    // The operator refunds it at Stripe.
    purchase.simulator.set_faults(Faults::default());
    refund(&purchase.backend, &newest_intent(&purchase.backend, purchase.order).await, None).await;
    purchase.some_event_arrives().await;
    assert_eq!(purchase.refund().await, Some(Refund::Done));
}

/// Stripe fails the call, and would fail it again with the same key.
///
/// Proves `use_up_refund_key`: without it the second call gets the first one's failure.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_is_retried_after_stripe_failed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.is_undeliverable().await;
    purchase.simulator.set_faults(Faults { fail_next: 1, path: Some("POST /v1/refunds".into()), ..Default::default() });
    testing::let_time_pass(&purchase.backend.db, A_MINUTE).await;
    let swept = sweep(&purchase.backend).await.expect("sweeps");
    assert!(swept.payments.iter().any(|(_, outcome)| outcome.is_err()), "Stripe failed");
    assert_eq!(purchase.refund().await, Some(Refund::Started));
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!(purchase.refund().await, Some(Refund::Done));
    assert_eq!(purchase.captured_and_refunded(), (PRICE.cents(), PRICE.cents()));
}

/// Stripe always refuses the refund: it is retried with backoff, then hourly, and then left to the
/// operator.
///
/// Proves the backoff and the bounds of refusals: without them Stripe is asked every minute for ever.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_is_left_to_operator_after_too_many_refusals(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.is_undeliverable().await;
    purchase.simulator.set_faults(Faults { refund_refuse_next: 1000, ..Default::default() });
    let asked = || {
        let requests = purchase.simulator.requests();
        requests.iter().filter(|line| line.method == "POST" && line.path.ends_with("/refunds")).count()
    };
    let mut asked_after = Vec::new();
    for minute in 1..=600 {
        let before = asked();
        testing::let_time_pass(&purchase.backend.db, A_MINUTE).await;
        sweep(&purchase.backend).await.expect("sweeps");
        // Events that arrive meanwhile cause no earlier retry.
        let event = testing::newest_intent(&purchase.backend, purchase.order).await;
        let payment = store::find_by_intent(&purchase.backend.db, &event).await.expect("reads").expect("the attempt");
        let _ = reconcile(&purchase.backend, payment, IfUnpaid::Wait).await;
        assert!(asked() <= before + 1, "more than once in a minute");
        if asked() > before {
            asked_after.push(minute);
        }
        let expected = if asked() < 5 { Refund::Started } else { Refund::Failed };
        if !(5..9).contains(&asked()) {
            assert_eq!(purchase.refund().await, Some(expected), "after {minute} minutes");
        }
    }
    let pauses: Vec<i32> = asked_after.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[..4].is_sorted() && pauses[4..].iter().all(|pause| (59..=62).contains(pause)), "{pauses:?}");
    assert_eq!(asked_after.len(), 9);
    // The operator refunds it at Stripe.
    purchase.simulator.set_faults(Faults::default());
    refund(&purchase.backend, &newest_intent(&purchase.backend, purchase.order).await, None).await;
    purchase.some_event_arrives().await;
    assert_eq!(purchase.refund().await, Some(Refund::Done));
}

/// The job that closes the intent of a cancelled order is lost: the sweep closes it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_closes_an_intent_left_open(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    crate::orders::cancel::cancel(&purchase.backend, purchase.bob, purchase.order).await.expect("cancels");
    assert_eq!((purchase.simulator.balances().open, purchase.attempts().await), (1, vec![PaymentStatus::Open]));
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!((purchase.simulator.balances().open, purchase.attempts().await), (0, vec![PaymentStatus::Cancelled]));
    testing::let_time_pass(&purchase.backend.db, A_MINUTE).await;
    assert!(sweep(&purchase.backend).await.expect("sweeps").payments.is_empty(), "nothing is left to look at");
}

/// Each statement that writes events runs once or more: the metrics count what the timelines have.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn metrics_count_every_event(db: PgPool) {
    let mut purchase = Purchase::begin(db).await;
    purchase.pay(DECLINED_CARD).await;
    purchase.time_runs_out().await;
    expiration::expire::expire(&purchase.backend, purchase.order).await.expect("ends");
    testing::lock_one(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks");
    purchase.time_runs_out().await;
    assert_eq!(expiration::sweep::sweep(&purchase.backend).await.expect("sweeps").unpaid, 1);
    purchase.order = testing::lock_one(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks");
    purchase.is_undeliverable().await;
    purchase.simulator.set_faults(Faults { refund_fail_next: 1, ..Default::default() });
    purchase.some_event_arrives().await;
    assert_eq!(purchase.refund().await, Some(Refund::Failed));

    for &kind in OrderEventKind::ALL {
        let written = sqlx::query_scalar("SELECT count(*) FROM order_events WHERE kind = $1").bind(kind.code());
        let written: i64 = written.fetch_one(&purchase.backend.db).await.expect("counts");
        assert_eq!(counted_events(&purchase.backend.db, kind), written, "{kind:?}");
    }
}
