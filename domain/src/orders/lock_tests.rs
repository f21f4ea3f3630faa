use std::time::Duration;

use model::{ListingId, orders::OrderStatus};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

use super::*;
use crate::{
    expiration::expire::{Expiry, expire},
    ids::fresh,
    orders::show::show,
    outbox::Job,
    testing::{self, Listed},
};

const PRICE: Money = Money::usd(4950);

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_copies_price_and_version(db: PgPool) {
    let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
    let input = model::tickets::ListingInput { price: "60".into(), ..testing::listing_input() };
    tickets::edit::edit(&backend, ana, ticket, 1, &input).await.expect("edits");
    let order = testing::lock_one(&backend, bob, ticket, Money::usd(6000)).await.expect("locks");
    let (cents, version): (i64, i32) = sqlx::query_as("SELECT price_cents, listing_version FROM orders WHERE id = $1")
        .bind(order.as_uuid())
        .fetch_one(&backend.db)
        .await
        .expect("the order");
    assert_eq!((cents, version), (6000, 2));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_again_returns_same_order_and_end(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let first = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    let end = show(&backend, bob, first).await.expect("shows").expires_at;
    let second = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("gets it back");
    assert_eq!(first, second);
    assert_eq!(show(&backend, bob, second).await.expect("shows").expires_at, end);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_with_the_reason(db: PgPool) {
    let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;

    assert!(matches!(testing::lock_one(&backend, bob, fresh::<ListingId>(), PRICE).await, Err(LockError::NotFound)));
    assert!(matches!(testing::lock_one(&backend, ana, ticket, PRICE).await, Err(LockError::OwnTicket)));
    assert!(
        matches!(testing::lock_one(&backend, bob, ticket, Money::usd(1)).await, Err(LockError::Changed { now, .. }) if now.card.price == PRICE)
    );
    let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    let refused = testing::lock_one(&backend, eve, ticket, PRICE).await.expect_err("it is locked");
    let LockError::Locked { until } = &refused else { panic!("{refused:?}") };
    let end = show(&backend, bob, order).await.expect("shows").expires_at;
    assert_eq!(until.unix_timestamp(), end.unix_ms / 1000);
    assert!(AppError::from(refused).to_string().contains(&end.text), "the refusal names when the ticket may come free");

    for (status, is_right) in [
        ("sold", (|e| matches!(e, LockError::Sold)) as fn(&LockError) -> bool),
        ("withdrawn", |e| matches!(e, LockError::Withdrawn)),
    ] {
        testing::set_ticket_status(&backend.db, ticket, status).await;
        let refused = testing::lock_one(&backend, eve, ticket, PRICE).await.expect_err(status);
        assert!(is_right(&refused), "{refused:?}");
    }
    testing::set_ticket_status(&backend.db, ticket, "listed").await;
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    assert!(matches!(testing::lock_one(&backend, eve, ticket, PRICE).await, Err(LockError::Started)));
    assert_eq!(
        testing::count(&backend.db, "SELECT count(*) FROM orders WHERE status = 'created'").await,
        1,
        "refusals change nothing"
    );
}

/// Exactly one of 200 buyers gets the ticket; the others learn until when it is locked.
///
/// Proves the conditions on the rows that `take` locks: a statement that began before the winner's commit sees the
/// ticket as free. Without `SKIP LOCKED` and without `order_id IS NULL` in the row that is read after the wait, several
/// buyers get the ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn only_one_of_two_hundred_buyers_gets_the_lock(_: PgPoolOptions, connect: PgConnectOptions) {
    // The tests' pools share twenty connections; this test needs fifty buyers at once.
    let db = PgPoolOptions::new().max_connections(50).connect_with(connect.clone()).await.expect("a pool");
    let gate = PgPoolOptions::new().max_connections(2).connect_with(connect).await.expect("another pool");
    let Listed { backend, listing, .. } = Listed::new(db).await;
    let buyers = testing::users(&backend.db, 200).await;

    // The listing's row is held until all fifty wait for it.
    let mut closed = gate.begin().await.expect("a transaction");
    let hold = sqlx::query("SELECT FROM listings WHERE id = $1 FOR UPDATE").bind(listing.as_uuid());
    hold.execute(&mut *closed).await.expect("holds the row");
    let mut tries = JoinSet::new();
    for buyer in buyers {
        let backend = backend.clone();
        tries.spawn(async move { testing::lock_one(&backend, buyer, listing, PRICE).await });
    }
    testing::until("fifty buyers wait", || async { testing::waiting_for_locks(&gate).await == 50 }).await;
    closed.rollback().await.expect("rolls back");
    let outcomes = tries.join_all().await;

    let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1, "one order for one ticket");
    let end: OffsetDateTime =
        sqlx::query_scalar("SELECT held_until FROM tickets").fetch_one(&backend.db).await.expect("one ticket");
    let told_the_end =
        outcomes.iter().filter(|outcome| matches!(outcome, Err(LockError::Locked { until }) if *until == end)).count();
    assert_eq!(told_the_end, 199, "{outcomes:?}");
}

/// Buyers of different tickets do not wait for each other.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_does_not_wait_for_other_tickets(db: PgPool) {
    let Listed { backend, ana, bob, listing: held } = Listed::new(db).await;
    let other = testing::listing(&backend, ana).await;
    let mut slow = backend.db.begin().await.expect("a transaction");
    tickets::store::lock(&mut slow, held).await.expect("the row lock");
    testing::lock_one(&backend, bob, other, PRICE).await.expect("locks while the other ticket's row is held");
    slow.rollback().await.expect("rolls back");
}

/// A buyer who has waited for the row lock decides by the rows and the clock after the wait: the capture that held the
/// row has extended the lock, which was overdue when the buyer came.
///
/// Proves the statement of its own in `tickets::store::lock`: in the statement that waits, the rows of the tickets are
/// those from before the wait, and the buyer gets the ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_reads_the_rows_after_the_wait(db: PgPool) {
    let Listed { backend, bob, listing, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;

    let mut slow = backend.begin().await.expect("a transaction");
    tickets::store::lock(&mut slow, listing).await.expect("the row lock");
    let waiting = tokio::spawn({
        let backend = backend.clone();
        async move { testing::lock_one(&backend, eve, listing, PRICE).await }
    });
    testing::until("the second buyer waits for the row", || async {
        testing::waiting_for_locks(&backend.db).await == 1
    })
    .await;
    store::extend(&mut *slow, order, time::Duration::MINUTE).await.expect("extends");
    slow.commit().await.expect("commits");
    let refused = waiting.await.expect("no panic");
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");
}

/// Proves `statement_timestamp()` in the rows of listings: with `now()` they have the time at which the transaction
/// began.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn row_lock_comes_with_the_clock_after_it(db: PgPool) {
    let Listed { backend, listing, .. } = Listed::new(db).await;
    let mut tx = backend.begin().await.expect("a transaction");
    let later = database::clock(&backend.db).await.expect("a time");
    let row = tickets::store::lock(&mut tx, listing).await.expect("the row lock").expect("the listing");
    assert!(row.now > later, "{} {later}", row.now);
}

/// The timer of a lock that has ended does not free the next holder's lock.
///
/// Proves the order's id and end in `store::expire`: a release by ticket would end both orders.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn old_timer_does_not_end_the_new_lock(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let old = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let new = testing::lock_one(&backend, eve, ticket, PRICE).await.expect("an overdue lock is no lock");
    assert_eq!(show(&backend, bob, old).await.expect("shows").status, OrderStatus::Expired);

    assert!(matches!(expire(&backend, old).await.expect("runs"), Expiry::AlreadyOver));
    assert!(matches!(expire(&backend, new).await.expect("runs"), Expiry::NotDue { .. }));
    assert_eq!(show(&backend, eve, new).await.expect("shows").status, OrderStatus::Created);
    assert!(matches!(testing::lock_one(&backend, bob, ticket, PRICE).await, Err(LockError::Locked { .. })));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_writes_its_timer_in_the_same_transaction(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    let jobs = testing::outbox(&backend.db).await;
    let [(job, run_at)] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!(*job, Job::ExpireOrder { order_id: order });
    let end = show(&backend, bob, order).await.expect("shows").expires_at;
    assert_eq!(run_at.unix_timestamp(), end.unix_ms / 1000);
}

/// A shorter `LOCK_SECONDS` applies to the second.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_lasts_as_long_as_configured(db: PgPool) {
    let Listed { mut backend, bob, listing: ticket, .. } = Listed::new(db).await;
    backend.rules.lock_length = Duration::from_secs(7);
    testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    let length: f64 = sqlx::query_scalar("SELECT extract(epoch FROM t.held_until - o.created_at)::float8 FROM orders o JOIN tickets t ON t.order_id = o.id")
        .fetch_one(&backend.db)
        .await
        .expect("one order");
    assert!((length - 7.0).abs() < 1e-6, "{length}");
}
