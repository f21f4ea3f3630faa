//! Paying while the ticket has a waitlist.

use std::time::Duration;

use sqlx::PgPool;

use super::*;
use crate::{
    expiration::expire::{Expiry, expire},
    orders::lock::LockError,
    payments::{
        check::check,
        reconcile::{IfUnpaid, reconcile},
        store,
    },
    testing::{DECLINED_CARD, GOOD_CARD, newest_intent, pay_with},
    waitlist::join::join,
};

impl Purchase {
    /// Carol joins the waitlist.
    async fn carol_waits(&self) -> UserId {
        let carol = testing::user(&self.backend.db, "carol").await;
        join(&self.backend, carol, self.ticket, 1).await.expect("joins");
        carol
    }

    async fn order_of(&self, user: UserId) -> Option<OrderId> {
        tickets::show::show(&self.backend, Some(user), self.ticket).await.expect("shows").my_order
    }

    async fn waiting(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM waitlist_entries").await
    }

    /// Bob's card is authorised, and the job that handles it runs.
    async fn bob_pays_late(&self) {
        let intent = newest_intent(&self.backend, self.order).await;
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        let payment = store::find_by_intent(&self.backend.db, &intent).await.expect("reads").expect("the attempt");
        reconcile(&self.backend, payment, IfUnpaid::Wait).await.expect("reconciles");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn last_decline_offers_ticket_to_first(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    for _ in 0..3 {
        testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
        pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
        check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    }
    assert_eq!(purchase.status().await, OrderStatus::Cancelled);
    assert!(purchase.order_of(carol).await.is_some(), "Carol has the offer");
    purchase.assert_no_money();
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sale_deletes_the_waitlist(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
    assert_eq!((purchase.waiting().await, purchase.order_of(carol).await), (0, None));
}

/// The card was authorised before the lock ended, and no run had seen it: the buyer paid in time, so the
/// order completes, whether or not there is a waitlist.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_before_lock_end_wins_over_waitlist(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.carol_waits().await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("runs"), Expiry::AlreadyOver);
    purchase.assert_complete().await;
    assert_eq!(purchase.waiting().await, 0);
}

/// The expiry closes the open intent at Stripe, and then offers the ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unpaid_attempt_is_closed_before_the_offer(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("runs"), Expiry::Expired);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    assert!(purchase.order_of(carol).await.is_some(), "Carol has the offer");
    purchase.assert_no_money();
}

/// The card is authorised late, after the ticket was offered to Carol: she keeps it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_does_not_take_an_offered_ticket(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    purchase.grace_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    let refused = testing::lock_one(&purchase.backend, eve, purchase.ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");

    purchase.bob_pays_late().await;
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    let hers = purchase.order_of(carol).await.expect("she has the offer");
    assert_eq!(show(&purchase.backend, carol, hers).await.expect("shows").status, OrderStatus::Created);
    purchase.assert_no_money();
}

/// The card is authorised late, after the lock's end and before the offer: the ticket goes to the first
/// of the waitlist, at once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_does_not_skip_the_waitlist(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    purchase.grace_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    testing::lock_one(&purchase.backend, eve, purchase.ticket, PRICE).await.expect("an overdue lock is no lock");
    let carol = purchase.carol_waits().await;
    purchase.time_runs_out().await;

    purchase.bob_pays_late().await;
    assert_eq!((purchase.status().await, purchase.waiting().await), (OrderStatus::Expired, 0));
    assert!(purchase.order_of(carol).await.is_some(), "Carol has the offer");
    purchase.assert_no_money();
}

/// One ticket is free and the other overdue: together they are what the first of the waitlist wants.
///
/// Proves `bring_up_to_date` in `capture::hold_tickets`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_does_not_take_what_the_waitlist_can_have(db: PgPool) {
    let purchase = Purchase::begin_of(db, 2).await;
    let Purchase { backend, bob, ticket, order, .. } = &purchase;
    testing::start_payment(backend, *bob, *order).await.expect("starts");
    testing::let_time_pass(&backend.db, Duration::from_mins(5)).await;
    let [carol, dan, eve] = [
        testing::user(&backend.db, "carol").await,
        testing::user(&backend.db, "dan").await,
        testing::user(&backend.db, "eve").await,
    ];
    testing::lock_one(backend, eve, *ticket, PRICE).await.expect("the other ticket");
    join(backend, carol, *ticket, 2).await.expect("joins");
    testing::let_time_pass(&backend.db, Duration::from_mins(10)).await;
    purchase.grace_runs_out().await;
    // This ends Bob's order, and Eve holds the other ticket.
    let refused = testing::lock_some(backend, dan, *ticket, PRICE, 2).await;
    assert!(matches!(refused, Err(LockError::NotEnough)), "{refused:?}");
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    purchase.time_runs_out().await;

    purchase.bob_pays_late().await;
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    assert!(purchase.order_of(carol).await.is_some(), "Carol has the offer of both");
    purchase.assert_no_money();
}
