//! The cap and the cool-down, on a database.

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

use super::*;
use crate::{
    orders::{cancel::cancel, show::show},
    testing::{self, Listed, TestBackend},
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
