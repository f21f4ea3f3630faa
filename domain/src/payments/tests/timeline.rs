//! The timeline of a purchase.

use model::orders::OrderEventKind;
use sqlx::PgPool;

use super::*;
use crate::{
    expiration,
    orders::cancel::cancel,
    payments::{check::check, sweep::sweep},
    testing::{DECLINED_CARD, GOOD_CARD, confirm, newest_intent, pay_with},
};

impl Purchase {
    /// The events of the timeline, oldest first, with the number of the attempt.
    pub(super) async fn timeline(&self) -> Vec<(OrderEventKind, Option<i32>)> {
        let order = show(&self.backend, self.bob, self.order).await.expect("shows");
        order.timeline.into_iter().map(|entry| (entry.what, entry.attempt)).collect()
    }

    /// Opens an attempt and pays with a card.
    pub(super) async fn pay(&self, card: &str) {
        testing::start_payment(&self.backend, self.bob, self.order).await.expect("starts");
        pay_with(&self.backend, self.order, card).await;
        check(&self.backend, self.bob, self.order).await.expect("checks");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timeline_has_every_event_of_a_purchase(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    purchase.pay(DECLINED_CARD).await;
    purchase.pay(GOOD_CARD).await;
    let timeline = [
        (OrderEventKind::Locked, None),
        (OrderEventKind::AttemptOpened, Some(1)),
        (OrderEventKind::Declined, Some(1)),
        (OrderEventKind::AttemptOpened, Some(2)),
        (OrderEventKind::Authorised, Some(2)),
        (OrderEventKind::Captured, Some(2)),
        (OrderEventKind::Completed, None),
    ];
    assert_eq!(purchase.timeline().await, timeline);
    // A further run finds nothing to do, and writes no event.
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    sweep(&purchase.backend).await.expect("sweeps");
    assert_eq!(purchase.timeline().await, timeline);
    let seller = crate::orders::sale::sale(&purchase.backend, purchase.ana, purchase.ticket).await.expect("shows");
    // The seller does not read what was between the buyer and their bank.
    let told: Vec<_> = seller.sales[0].timeline.iter().map(|entry| entry.what).collect();
    assert_eq!(told, [OrderEventKind::Locked, OrderEventKind::Completed]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timeline_says_why_order_was_cancelled(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    for _ in 0..3 {
        purchase.pay(DECLINED_CARD).await;
    }
    assert_eq!(purchase.timeline().await.last(), Some(&(OrderEventKind::CancelledAfterDeclines, None)));
    let again = testing::lock_one(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks");
    let purchase = Purchase { order: again, ..purchase };
    cancel(&purchase.backend, purchase.bob, again).await.expect("cancels");
    assert_eq!(purchase.timeline().await, [(OrderEventKind::Locked, None), (OrderEventKind::Cancelled, None)]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timeline_has_a_lock_taken_again(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    purchase.time_runs_out().await;
    let ended = crate::orders::Transition::TimeRanOut;
    crate::orders::store::advance(&purchase.backend.db, purchase.order, ended).await.expect("ends");
    confirm(&purchase.backend, &intent, GOOD_CARD).await;
    check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    let timeline: Vec<_> = purchase.timeline().await.into_iter().map(|(what, _)| what).collect();
    let late = [
        OrderEventKind::Expired,
        OrderEventKind::LockedAgain,
        OrderEventKind::Authorised,
        OrderEventKind::Captured,
        OrderEventKind::Completed,
    ];
    assert_eq!(timeline[2..], late);
}

/// The order was cancelled, and the card authorised all the same: one event, however many runs see it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timeline_has_a_void_once(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    testing::start_payment(&purchase.backend, purchase.bob, purchase.order).await.expect("starts");
    let intent = newest_intent(&purchase.backend, purchase.order).await;
    cancel(&purchase.backend, purchase.bob, purchase.order).await.expect("cancels");
    confirm(&purchase.backend, &intent, GOOD_CARD).await;
    for _ in 0..2 {
        check(&purchase.backend, purchase.bob, purchase.order).await.expect("checks");
    }
    let timeline = purchase.timeline().await;
    assert_eq!(timeline[2..], [(OrderEventKind::Cancelled, None), (OrderEventKind::Voided, Some(1))]);
    purchase.assert_no_money();
}

/// The order is ended by the sweep's batch, by its timer or by the next buyer: each writes one event.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn every_way_to_expire_writes_one_event(db: PgPool) {
    let mut purchase = Purchase::begin(db).await;
    for way in ["sweep", "timer", "next buyer"] {
        purchase.time_runs_out().await;
        match way {
            "sweep" => drop(expiration::sweep::sweep(&purchase.backend).await.expect("sweeps")),
            "timer" => drop(expiration::expire::expire(&purchase.backend, purchase.order).await.expect("ends")),
            _ => {}
        }
        let next = testing::lock_one(&purchase.backend, purchase.bob, purchase.ticket, PRICE).await.expect("locks");
        expiration::sweep::sweep(&purchase.backend).await.expect("sweeps");
        expiration::expire::expire(&purchase.backend, purchase.order).await.expect("is over");
        let timeline = purchase.timeline().await;
        assert_eq!(timeline, [(OrderEventKind::Locked, None), (OrderEventKind::Expired, None)], "{way}");
        purchase.order = next;
    }
}

/// The rows of the timeline never change.
///
/// Proves the trigger: without it each of these statements succeeds.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timeline_rows_cannot_be_changed(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    for change in [
        "UPDATE order_events SET kind = 'completed'",
        "DELETE FROM order_events",
        "DELETE FROM order_events WHERE false",
        "TRUNCATE order_events",
    ] {
        let refused = sqlx::query(change).execute(&purchase.backend.db).await.expect_err(change);
        assert!(refused.to_string().contains("added, never changed"), "{refused}");
    }
    assert_eq!(purchase.timeline().await, [(OrderEventKind::Locked, None)]);
    // `let_time_pass` moves the rows, and the trigger protects them again afterwards.
    purchase.time_runs_out().await;
    sqlx::query("DELETE FROM order_events").execute(&purchase.backend.db).await.expect_err("still refused");
}

/// The table accepts every kind that the code knows.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn table_accepts_every_kind_of_event(db: PgPool) {
    let purchase = Purchase::begin(db).await;
    for what in OrderEventKind::ALL {
        sqlx::query("INSERT INTO order_events (order_id, kind) VALUES ($1, $2)")
            .bind(purchase.order.as_uuid())
            .bind(what.code())
            .execute(&purchase.backend.db)
            .await
            .unwrap_or_else(|error| panic!("{what:?}: {error}"));
    }
    assert_eq!(purchase.timeline().await.len(), 1 + OrderEventKind::ALL.len());
}
