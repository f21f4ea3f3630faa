//! Every change of a ticket is marked.

use std::time::Duration;

use model::{ListingId, Money, OrderId};
use sqlx::PgPool;

use crate::{
    Backend,
    expiration::expire::expire,
    orders::{cancel::cancel, lock::LockError},
    payments::{
        check::check,
        reconcile::{IfUnpaid, reconcile},
        store::find_by_intent,
    },
    testing::{self, DECLINED_CARD, GOOD_CARD, TestBackend, capture, newest_intent, pay_with, refund},
    tickets::{change::ChangeError, edit::edit, restore::restore, withdraw::withdraw},
    waitlist::{join::join, leave::leave},
};

const PRICE: Money = Money::usd(4950);

/// Asserts that this ticket, and no other, has been marked since the last call.
async fn assert_marked(backend: &Backend, ticket: ListingId, what: &str) {
    let noted = tokio::time::timeout(Duration::from_secs(5), backend.changes.take()).await;
    assert_eq!(noted.unwrap_or_default(), [ticket], "{what}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn actions_of_sellers_and_buyers_mark_the_ticket(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let users = testing::users(&backend.db, 3).await;
    let ticket = testing::listing(&backend, users[0]).await;
    assert_marked(&backend, ticket, "a new listing").await;

    edit(&backend, users[0], ticket, 1, &testing::listing_input()).await.expect("edits");
    assert_marked(&backend, ticket, "an edit").await;
    let order = testing::lock_one(&backend, users[1], ticket, PRICE).await.expect("locks");
    assert_marked(&backend, ticket, "a lock").await;
    join(&backend, users[2], ticket, 1).await.expect("joins");
    assert_marked(&backend, ticket, "a waitlist entry").await;
    leave(&backend, users[2], ticket).await.expect("leaves");
    assert_marked(&backend, ticket, "a waitlist entry that was removed").await;
    cancel(&backend, users[1], order).await.expect("cancels");
    assert_marked(&backend, ticket, "a cancelled order").await;
    let order = testing::lock_one(&backend, users[2], ticket, PRICE).await.expect("locks");
    assert_marked(&backend, ticket, "the next lock").await;
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    expire(&backend, order).await.expect("ends");
    assert_marked(&backend, ticket, "the end of a lock").await;
    let withdrawn = withdraw(&backend, users[0], ticket, None).await.expect("withdraws");
    assert_marked(&backend, ticket, "a withdrawn ticket").await;
    restore(&backend, users[0], ticket, withdrawn).await.expect("restores");
    assert_marked(&backend, ticket, "a restored ticket").await;
}

/// A seller's change is refused, because the ticket was just offered to the first of the waitlist: the
/// offer is a change.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_change_marks_the_offered_ticket(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let users = testing::users(&backend.db, 4).await;
    for (seller, what) in [(users[0], "an edit"), (users[1], "a withdrawal")] {
        let ticket = testing::listing(&backend, seller).await;
        testing::lock_one(&backend, users[2], ticket, PRICE).await.expect("locks");
        join(&backend, users[3], ticket, 1).await.expect("joins");
        assert_marked(&backend, ticket, "joining the waitlist").await;
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let refused = if what == "an edit" {
            edit(&backend, seller, ticket, 1, &testing::listing_input()).await
        } else {
            withdraw(&backend, seller, ticket, None).await.map(|_| ())
        };
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        assert_marked(&backend, ticket, what).await;
    }
}

/// A lock is refused for the same reason.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_lock_marks_the_offered_ticket(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let users = testing::users(&backend.db, 4).await;
    let ticket = testing::listing(&backend, users[0]).await;
    testing::lock_one(&backend, users[1], ticket, PRICE).await.expect("locks");
    join(&backend, users[2], ticket, 1).await.expect("joins");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    assert_marked(&backend, ticket, "joining the waitlist").await;
    let refused = testing::lock_one(&backend, users[3], ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");
    assert_marked(&backend, ticket, "the offer").await;
}

/// The event has started, so no one gets the ticket whose lock has expired, and its waitlist is deleted.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_lock_marks_the_ticket_whose_waitlist_it_deletes(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let users = testing::users(&backend.db, 4).await;
    let ticket = testing::listing(&backend, users[0]).await;
    testing::lock_one(&backend, users[1], ticket, PRICE).await.expect("locks");
    join(&backend, users[2], ticket, 1).await.expect("joins");
    assert_marked(&backend, ticket, "joining the waitlist").await;
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    let refused = testing::lock_one(&backend, users[3], ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::Started)), "{refused:?}");
    assert_marked(&backend, ticket, "the end of the waitlist").await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn payment_outcomes_mark_the_ticket(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let users = testing::users(&backend.db, 2).await;
    let ticket = testing::listing(&backend, users[0]).await;
    assert_marked(&backend, ticket, "a new listing").await;
    let order = testing::lock_one(&backend, users[1], ticket, PRICE).await.expect("locks");
    assert_marked(&backend, ticket, "the lock").await;

    for (card, what) in [(DECLINED_CARD, "a declined card"), (GOOD_CARD, "a payment")] {
        testing::start_payment(&backend, users[1], order).await.expect("starts");
        pay_with(&backend, order, card).await;
        check(&backend, users[1], order).await.expect("checks");
        assert_marked(&backend, ticket, what).await;
    }
    let intent = newest_intent(&backend, order).await;
    refund(&backend, &intent, None).await;
    reconcile_newest(&backend, order).await;
    assert_marked(&backend, ticket, "a refund").await;
}

/// Proves the mark in `capture::finalize`: if the capture was not claimed here before, it is the only mark.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn capture_found_at_stripe_marks_the_ticket(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let users = testing::users(&backend.db, 2).await;
    let ticket = testing::listing(&backend, users[0]).await;
    assert_marked(&backend, ticket, "a new listing").await;
    let order = testing::lock_one(&backend, users[1], ticket, PRICE).await.expect("locks");
    testing::start_payment(&backend, users[1], order).await.expect("starts");
    pay_with(&backend, order, GOOD_CARD).await;
    assert_marked(&backend, ticket, "the lock").await;

    capture(&backend, &newest_intent(&backend, order).await).await;
    reconcile_newest(&backend, order).await;
    assert_marked(&backend, ticket, "the sale").await;
}

async fn reconcile_newest(backend: &Backend, order: OrderId) {
    let intent = newest_intent(backend, order).await;
    let payment = find_by_intent(&backend.db, &intent).await.expect("reads").expect("the attempt");
    reconcile(backend, payment, IfUnpaid::Wait).await.expect("reconciles");
}
