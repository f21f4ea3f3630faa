//! Refunds of a part, by the operator at Stripe.

use std::time::Duration;

use model::orders::{OrderEventKind, Refund};
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    ledger::balance::balance,
    testing::{GOOD_CARD, newest_intent, refund},
};

const AN_HOUR: Duration = Duration::from_secs(3601);
const A_MINUTE: Duration = Duration::from_secs(61);

impl Purchase {
    /// What the buyer has paid and not got back, according to the ledger, in cents.
    async fn booked(&self) -> i64 {
        testing::count(
            &self.backend.db,
            "SELECT -coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = 'buyer'",
        )
        .await
    }

    /// The same according to the simulator.
    fn kept(&self) -> i64 {
        let (captured, refunded) = self.captured_and_refunded();
        captured - refunded
    }

    pub(super) async fn assert_booked(&self, cents: i64) {
        assert_eq!((self.booked().await, self.kept()), (cents, cents));
        let doctor = crate::doctor::examine::examine(&self.backend.db).await.expect("examines");
        let violations: Vec<_> = doctor.violations().map(|check| check.name.clone()).collect();
        assert!(
            violations.iter().all(|name| name == "payments.wrong_amount" || name.starts_with("backlog.")),
            "{violations:?}"
        );
    }
}

/// The parts are booked, shown, and never twice.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn partial_refunds_are_booked_and_shown(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    for (cents, left) in [(2000, 2950), (1000, 1950)] {
        refund(&purchase.backend, &intent, Some(cents)).await;
        purchase.some_event_arrives().await;
        assert_eq!(purchase.status().await, OrderStatus::PartlyRefunded);
        assert_eq!(purchase.refunded().await, Some(Money::usd(4950 - left)));
        purchase.assert_booked(left).await;
        assert_eq!(balance(&purchase.backend, purchase.ana, None).await.expect("reads").balance, Money::usd(left));
        let before = testing::snapshot(&purchase.backend.db).await;
        purchase.some_event_arrives().await;
        assert_eq!(testing::snapshot(&purchase.backend.db).await, before, "heard again");
    }
    assert_eq!(purchase.availability().await, Availability::Sold);
    refund(&purchase.backend, &intent, None).await;
    purchase.some_event_arrives().await;
    assert_eq!(
        (purchase.status().await, purchase.attempts().await),
        (OrderStatus::Refunded, vec![PaymentStatus::Refunded])
    );
    purchase.assert_booked(0).await;
    let timeline: Vec<_> = purchase.timeline().await.into_iter().map(|(what, _)| what).collect();
    let refunds = [
        OrderEventKind::PartlyRefunded,
        OrderEventKind::PartlyRefunded,
        OrderEventKind::RefundStarted,
        OrderEventKind::Refunded,
    ];
    assert_eq!(timeline[timeline.len() - 4..], refunds);
}

/// The bank returns one of two parts: it is owed, is repeated after an hour, and no more than it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn part_that_fails_later_is_refunded_again(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    refund(&purchase.backend, &intent, Some(2000)).await;
    purchase.some_event_arrives().await;
    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    purchase.some_event_arrives().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::PartRefundFailed]);
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::RefundPending, Some(Refund::Failed)));
    purchase.assert_booked(4950).await;

    purchase.sweep_after(AN_HOUR).await;
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Captured]);
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::PartlyRefunded, None));
    purchase.assert_booked(2950).await;
}

/// What an operator refunded and the bank refused at once is owed, too.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn part_that_fails_at_once_is_owed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    purchase.simulator.set_faults(Faults { refund_fail_next: 1, ..Default::default() });
    refund(&purchase.backend, &newest_intent(&purchase.backend, purchase.order).await, Some(2000)).await;
    purchase.some_event_arrives().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::PartRefundFailed]);
    // The operator is quicker than the sweep.
    refund(&purchase.backend, &newest_intent(&purchase.backend, purchase.order).await, Some(2000)).await;
    purchase.some_event_arrives().await;
    assert_eq!(purchase.attempts().await, [PaymentStatus::Captured]);
    purchase.sweep_after(AN_HOUR).await;
    purchase.sweep_after(A_MINUTE).await;
    purchase.assert_booked(2950).await;
}
