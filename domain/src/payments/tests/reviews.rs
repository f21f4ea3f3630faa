//! The daily review of refunds, for a shop whose webhooks do not arrive.

use std::time::Duration;

use model::orders::Refund;
use sqlx::PgPool;
use stripe_sim::Faults;

use super::*;
use crate::{
    payments::review::review,
    testing::{GOOD_CARD, let_time_pass, newest_intent, refund},
};

const A_DAY: Duration = Duration::from_hours(25);

/// No event tells of the operator's refund, nor of its failure.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn review_finds_refunds_and_failures_without_webhooks(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 0);
    refund(&purchase.backend, &intent, None).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 0, "it is not due");
    let_time_pass(&purchase.backend.db, A_DAY).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 1);
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::Refunded, Some(Refund::Done)));

    assert_eq!(purchase.simulator.return_refunds(&intent), 1);
    let_time_pass(&purchase.backend.db, A_DAY).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 1);
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::RefundPending, Some(Refund::Failed)));
    let_time_pass(&purchase.backend.db, A_DAY).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 0, "nothing is new");
}

/// Stripe is away: the review continues later, and another worker does not ask meanwhile.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn review_waits_and_continues_after_a_failure(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.simulator.set_faults(Faults { fail_next: 1, path: Some("GET /v1/refunds".into()), ..Default::default() });
    review(&purchase.backend).await.expect_err("Stripe failed");
    let asked = || purchase.simulator.requests().iter().filter(|line| line.path == "/v1/refunds").count();
    review(&purchase.backend).await.expect("is not due");
    assert_eq!(asked(), 1);
    let_time_pass(&purchase.backend.db, Duration::from_mins(11)).await;
    review(&purchase.backend).await.expect("reviews");
    assert_eq!(asked(), 2);
}

/// More refunds than one page has: the review reads all pages.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn review_reads_every_page(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(GOOD_CARD).await;
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    for _ in 0..120 {
        refund(&purchase.backend, &intent, Some(1)).await;
    }
    // The first refund that is news brings all of the payment: those on the next page are known by then.
    assert!(review(&purchase.backend).await.expect("reviews") >= 100);
    assert_eq!(
        testing::count(&purchase.backend.db, "SELECT count(*) FROM refunds WHERE status = 'succeeded'").await,
        120
    );
    let done = "SELECT count(*) FROM stripe_reviews WHERE name = 'refunds' AND cursor IS NULL AND due_at > now() + interval '23 hours'";
    assert_eq!(testing::count(&purchase.backend.db, done).await, 1);
    purchase.assert_booked(4950 - 120).await;
}
