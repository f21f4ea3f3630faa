//! Paying while others wait in line for the ticket.

use sqlx::PgPool;

use super::*;
use crate::{
    expiration::expire::{Expiry, expire},
    line::join::join,
    orders::lock::LockError,
    payments::{
        check::check,
        reconcile::{IfUnpaid, reconcile},
        start::start,
        store,
    },
    testing::{DECLINED_CARD, GOOD_CARD, newest_intent, pay_with},
};

impl Purchase {
    /// Carol stands in line.
    async fn carol_waits(&self) -> UserId {
        let carol = testing::user(&self.backend.db, "carol").await;
        join(&self.backend, carol, self.ticket).await.expect("joins");
        carol
    }

    async fn order_of(&self, user: UserId) -> Option<OrderId> {
        tickets::show::show(&self.backend, Some(user), self.ticket).await.expect("shows").my_order
    }

    async fn waiting(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM line_places").await
    }

    /// Bob's card is authorised, and whoever hears of it acts.
    async fn bob_pays_late(&self) {
        let intent = newest_intent(&self.backend, self.order).await;
        pay_with(&self.backend, self.order, GOOD_CARD).await;
        let payment = store::find_by_intent(&self.backend.db, &intent).await.expect("reads").expect("the attempt");
        reconcile(&self.backend, payment, IfUnpaid::Wait).await.expect("reconciles");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn the_last_decline_hands_it_to_the_first_in_line(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    for _ in 0..3 {
        start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
        pay_with(&purchase.backend, purchase.order, DECLINED_CARD).await;
        check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    }
    assert_eq!(purchase.status().await, OrderStatus::Cancelled);
    assert!(purchase.order_of(carol).await.is_some(), "it is Carol's turn");
    purchase.assert_no_money();
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_sale_sends_the_line_home(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    purchase.assert_complete().await;
    assert_eq!((purchase.waiting().await, purchase.order_of(carol).await), (0, None));
}

/// The card was authorised before the lock ended, and nobody had heard of it: the buyer kept the
/// promise, and so does the shop, line or no line.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_as_the_lock_ends_comes_before_the_line(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.carol_waits().await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    pay_with(&purchase.backend, purchase.order, GOOD_CARD).await;
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("runs"), Expiry::AlreadyOver);
    purchase.assert_complete().await;
    assert_eq!(purchase.waiting().await, 0);
}

/// Expiry closes what is open at Stripe, and then hands the ticket on.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_unpaid_attempt_is_closed_before_the_next_one_has_it(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    assert_eq!(expire(&purchase.backend, purchase.order).await.expect("runs"), Expiry::Expired);
    assert_eq!(purchase.attempts().await, [PaymentStatus::Cancelled]);
    assert!(purchase.order_of(carol).await.is_some(), "it is Carol's turn");
    purchase.assert_no_money();
}

/// Authorised late, when the ticket has been passed on: nobody takes it from Carol.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_does_not_take_it_from_whose_turn_it_is(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    let carol = purchase.carol_waits().await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    let refused = lock(&purchase.backend, eve, purchase.ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");

    purchase.bob_pays_late().await;
    assert_eq!(purchase.status().await, OrderStatus::Expired);
    let hers = purchase.order_of(carol).await.expect("her turn");
    assert_eq!(show(&purchase.backend, carol, hers).await.expect("shows").status, OrderStatus::Created);
    purchase.assert_no_money();
}

/// Authorised late, when the ticket is between two hands: it is not taken from the first in line.
///
/// Proves the look at the line in `capture::hold_ticket`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn authorised_late_does_not_jump_the_line(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    start(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    purchase.time_runs_out().await;
    let eve = testing::user(&purchase.backend.db, "eve").await;
    lock(&purchase.backend, eve, purchase.ticket, PRICE).await.expect("an overdue lock is no lock");
    purchase.carol_waits().await;
    purchase.time_runs_out().await;

    purchase.bob_pays_late().await;
    assert_eq!((purchase.status().await, purchase.waiting().await), (OrderStatus::Expired, 1));
    purchase.assert_no_money();
}
