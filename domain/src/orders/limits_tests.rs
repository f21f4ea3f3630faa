//! The cap and the cool-down, on a database.

use model::{
    ListingId,
    tickets::{ListingInput, SplitRule},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

use super::*;
use crate::{
    orders::{cancel::cancel, show::show},
    payments::check::check,
    places::Places,
    testing::{self, Listed, TestBackend},
    tickets::list::list,
    waitlist::join::{JoinError, join},
};

const PRICE: Money = Money::usd(4950);

fn with_cap(db: PgPool, max_active_locks: u32) -> Backend {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.max_active_locks = max_active_locks;
    backend
}

fn seconds(length: std::time::Duration) -> i64 {
    length.as_secs().cast_signed()
}

async fn lock_ends(backend: &Backend, buyer: UserId, order: OrderId) -> i64 {
    show(backend, buyer, order).await.expect("shows").expires_at.unix_ms
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_at_the_cap(db: PgPool) {
    let backend = with_cap(db, 2);
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let [one, two, three] = [
        testing::listing(&backend, ana).await,
        testing::listing(&backend, ana).await,
        testing::listing(&backend, ana).await,
    ];
    let first = testing::lock_one(&backend, bob, one, PRICE).await.expect("locks");
    testing::lock_one(&backend, bob, two, PRICE).await.expect("locks");
    let refused = testing::lock_one(&backend, bob, three, PRICE).await;
    assert!(matches!(refused, Err(LockError::TooManyLocks)), "{refused:?}");
    assert_eq!(testing::lock_one(&backend, bob, one, PRICE).await.expect("theirs already"), first);

    cancel(&backend, bob, first).await.expect("cancels");
    testing::lock_one(&backend, bob, three, PRICE).await.expect("one was cancelled");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    testing::lock_one(&backend, bob, one, PRICE).await.expect("overdue locks are no locks, though no job has run");
}

/// One buyer, fifty tickets, fifty windows: the buyer gets as many locks as they may have, and not one
/// more.
///
/// Proves `limits::store::lock_buyer`: without it many windows count at the same moment, and each sees
/// room for one more.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn fifty_locks_at_once_end_with_four(_: PgPoolOptions, connect: PgConnectOptions) {
    let db = PgPoolOptions::new().max_connections(50).connect_with(connect.clone()).await.expect("a pool");
    let gate = PgPoolOptions::new().max_connections(2).connect_with(connect).await.expect("another pool");
    let backend = with_cap(db, 4);
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let mut tickets = Vec::new();
    for _ in 0..50 {
        tickets.push(testing::listing(&backend, ana).await);
    }

    // Writes of orders are held back until all fifty have come as far as they can: to the buyer's lock,
    // or past it.
    let mut closed = gate.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE").execute(&mut *closed).await.expect("holds the table");
    let mut tries = JoinSet::new();
    for ticket in tickets {
        let backend = backend.clone();
        tries.spawn(async move { testing::lock_one(&backend, bob, ticket, PRICE).await });
    }
    testing::until("fifty windows wait", || async { testing::waiting_for_locks(&gate).await == 50 }).await;
    closed.rollback().await.expect("rolls back");
    let outcomes = tries.join_all().await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(LockError::TooManyLocks))).count(), 46);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM orders WHERE status = 'created'").await, 4);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_during_cool_down(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::lock_one(&backend, eve, ticket, PRICE).await.expect_err("it is locked");
    let end = lock_ends(&backend, bob, order).await;

    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let refused = testing::lock_one(&backend, bob, ticket, PRICE).await.expect_err("others want it");
    let LockError::CoolDown { until } = refused else { panic!("{refused:?}") };
    // Time passes by making every row older, including the end of the lock.
    let end = end / 1000 - seconds(backend.rules.lock_length);
    assert_eq!(until.unix_timestamp(), end + seconds(backend.rules.lock_cooldown));

    testing::let_time_pass(&backend.db, backend.rules.lock_cooldown).await;
    testing::lock_one(&backend, bob, ticket, PRICE).await.expect("the cool-down is over");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn later_holder_counts_as_wanting(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let hers = testing::lock_one(&backend, eve, ticket, PRICE).await.expect("locks");
    cancel(&backend, eve, hers).await.expect("cancels");
    let refused = testing::lock_one(&backend, bob, ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::CoolDown { .. })), "{refused:?}");
    testing::lock_one(&backend, eve, ticket, PRICE).await.expect("she has the rest of her time");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unwanted_ticket_can_be_locked_again(db: PgPool) {
    let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
    testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::lock_one(&backend, ana, ticket, PRICE).await.expect_err("sellers do not count");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    testing::lock_one(&backend, bob, ticket, PRICE).await.expect("no other user asked");
}

/// A buyer cannot extend their time by cancelling and locking again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn relocking_after_cancel_gains_no_time(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let first = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::lock_one(&backend, eve, ticket, PRICE).await.expect_err("it is locked");
    for _ in 0..3 {
        let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
        testing::let_time_pass(&backend.db, backend.rules.lock_length / 5).await;
        cancel(&backend, bob, order).await.expect("cancels");
        let again = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks again");
        assert_eq!(lock_ends(&backend, bob, again).await, lock_ends(&backend, bob, first).await);
    }
    testing::let_time_pass(&backend.db, backend.rules.lock_length * 2 / 5).await;
    let refused = testing::lock_one(&backend, bob, ticket, PRICE).await;
    assert!(matches!(refused, Err(LockError::CoolDown { .. })), "{refused:?}");
    testing::lock_one(&backend, eve, ticket, PRICE).await.expect("she can lock it");
}

fn with_event_limit(db: PgPool, limit: u32) -> Backend {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.max_tickets_per_event = limit;
    backend
}

/// Bought tickets count, and held ones; ended orders and other events do not.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_at_the_limit_of_the_event(db: PgPool) {
    let (mut backend, _simulator) = TestBackend::with_simulator(db).await;
    backend.rules.max_tickets_per_event = 3;
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let one = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
    let other = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
    let elsewhere = ListingInput { title: "Another night".into(), ..testing::listing_input() };
    let elsewhere = list(&backend, ana, &elsewhere).await.expect("lists");

    let bought = testing::lock_some(&backend, bob, one, PRICE, 2).await.expect("locks");
    testing::start_payment(&backend, bob, bought).await.expect("starts");
    testing::pay_with(&backend, bought, testing::GOOD_CARD).await;
    check(&backend, bob, bought).await.expect("checks");
    let refused = testing::lock_some(&backend, bob, other, PRICE, 2).await;
    assert!(matches!(refused, Err(LockError::EventLimit { limit: 3 })), "{refused:?}");
    let held = testing::lock_one(&backend, bob, other, PRICE).await.expect("the third");
    let refused = testing::lock_one(&backend, bob, one, PRICE).await;
    assert!(matches!(refused, Err(LockError::EventLimit { limit: 3 })), "{refused:?}");
    testing::lock_one(&backend, bob, elsewhere, PRICE).await.expect("another event");

    cancel(&backend, bob, held).await.expect("cancels");
    testing::lock_one(&backend, bob, one, PRICE).await.expect("one was cancelled");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    testing::lock_one(&backend, bob, other, PRICE).await.expect("an overdue lock is no lock");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    sqlx::query("UPDATE orders SET status = 'refund_pending' WHERE id = $1")
        .bind(bought.as_uuid())
        .execute(&backend.db)
        .await
        .expect("a refund begins");
    testing::lock_some(&backend, bob, other, PRICE, 3).await.expect("refunded tickets do not count");
}

/// Proves that the count is made under the buyer's lock and reads what was committed until then. The second lock begins
/// before the first is committed, and both have a slot of their own: without `VOLATILE`, or with the count before the
/// buyer's lock, both succeed.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn two_windows_do_not_pass_the_limit_of_the_event(_: PgPoolOptions, connect: PgConnectOptions) {
    let db = PgPoolOptions::new().max_connections(10).connect_with(connect.clone()).await.expect("a pool");
    let gate = PgPoolOptions::new().max_connections(3).connect_with(connect).await.expect("another pool");
    let backend = with_event_limit(db, 1);
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let elsewhere = ListingInput { title: "Another night".into(), ..testing::listing_input() };
    let elsewhere = list(&backend, ana, &elsewhere).await.expect("lists");
    let (one, other) = (testing::listing(&backend, ana).await, testing::listing(&backend, ana).await);
    // The first takes slot 2. When slot 1 is free again, the second takes that one.
    let slot_1 = testing::lock_one(&backend, bob, elsewhere, PRICE).await.expect("locks");

    let close = async |listing: ListingId| {
        let mut closed = gate.begin().await.expect("a transaction");
        sqlx::query("SELECT FROM listings WHERE id = $1 FOR UPDATE")
            .bind(listing.as_uuid())
            .execute(&mut *closed)
            .await
            .expect("holds the listing");
        closed
    };
    let (closed_one, closed_other) = (close(one).await, close(other).await);
    let try_to_lock = |listing| {
        let backend = backend.clone();
        tokio::spawn(async move { testing::lock_one(&backend, bob, listing, PRICE).await })
    };
    let first = try_to_lock(one);
    testing::until("the first waits", || async { testing::waiting_for_locks(&gate).await == 1 }).await;
    cancel(&backend, bob, slot_1).await.expect("cancels");
    let second = try_to_lock(other);
    testing::until("both wait", || async { testing::waiting_for_locks(&gate).await == 2 }).await;
    closed_one.rollback().await.expect("rolls back");
    first.await.expect("ends").expect("locks");
    closed_other.rollback().await.expect("rolls back");
    let refused = second.await.expect("ends");
    assert!(matches!(refused, Err(LockError::EventLimit { limit: 1 })), "{refused:?}");
}

/// Many windows at many listings of one event end with as many tickets as the limit allows.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_windows_end_with_the_limit_of_the_event(_: PgPoolOptions, connect: PgConnectOptions) {
    let db = PgPoolOptions::new().max_connections(20).connect_with(connect).await.expect("a pool");
    let backend = with_event_limit(db, 5);
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let listing = testing::listing(&backend, ana).await;
        let backend = backend.clone();
        tries.spawn(async move { testing::lock_one(&backend, bob, listing, PRICE).await });
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5, "{outcomes:?}");
    let held = testing::count(&backend.db, "SELECT count(*) FROM tickets WHERE order_id IS NOT NULL").await;
    assert_eq!(held, 5);
}

/// The waitlist is not a way around the limit.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn limit_of_the_event_holds_for_the_waitlist(db: PgPool) {
    let backend = with_event_limit(db, 1);
    let users = testing::users(&backend.db, 3).await;
    let (ana, bob, carol) = (users[0], users[1], users[2]);
    let (one, other) = (testing::listing(&backend, ana).await, testing::listing(&backend, ana).await);
    let of_carol = testing::lock_one(&backend, carol, one, PRICE).await.expect("locks");
    join(&backend, bob, one, 1).await.expect("joins");
    testing::lock_one(&backend, bob, other, PRICE).await.expect("locks");
    cancel(&backend, carol, of_carol).await.expect("cancels, and Bob may not have it");
    let held = testing::count(&backend.db, "SELECT count(*) FROM tickets WHERE order_id IS NOT NULL").await;
    assert_eq!(held, 1, "the ticket of the other listing");
    let dave = testing::user(&backend.db, "dave").await;
    testing::lock_one(&backend, dave, one, PRICE).await.expect("it is on sale");
    let refused = join(&backend, bob, one, 1).await;
    assert!(matches!(refused, Err(JoinError::EventLimit { limit: 1 })), "{refused:?}");
}

/// The lower one of the operator's limit and the place's holds, in the statement that locks and under the row lock.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn number_of_the_place_holds_at_its_venues(db: PgPool) {
    let mut backend = with_event_limit(db, 3);
    let rules = r#"{"countries": [{"code": "FR", "name": "France", "per_person": 2, "source": "A test."}]}"#;
    backend.rules.places = Box::leak(Box::new(Places::parse(rules).expect("rules")));
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    for (zone, most) in [("Europe/Paris", 2), ("Europe/Berlin", 3)] {
        let input = ListingInput {
            venue: format!("Hall of {zone}"),
            time_zone: zone.into(),
            seat: "1-3".into(),
            ..testing::listing_input()
        };
        let one = list(&backend, ana, &input).await.expect("lists");
        let other = list(&backend, ana, &ListingInput { row: "9".into(), ..input }).await.expect("lists");
        testing::lock_some(&backend, bob, one, PRICE, most).await.expect("as many as are allowed");
        let refused = testing::lock_one(&backend, bob, other, PRICE).await;
        let limit = u32::try_from(most).expect("a few");
        assert!(matches!(refused, Err(LockError::EventLimit { limit: found }) if found == limit), "{refused:?}");
    }
}
