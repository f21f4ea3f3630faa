use std::time::Duration;

use model::orders::OrderStatus;
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
    let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
    let input = model::tickets::ListingInput { price: "60".into(), ..testing::listing_input() };
    tickets::edit::edit(&backend, ana, ticket, 1, &input).await.expect("edits");
    let order = lock(&backend, bob, ticket, Money::usd(6000)).await.expect("locks");
    let (cents, version): (i64, i32) = sqlx::query_as("SELECT price_cents, ticket_version FROM orders WHERE id = $1")
        .bind(order.as_uuid())
        .fetch_one(&backend.db)
        .await
        .expect("the order");
    assert_eq!((cents, version), (6000, 2));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_again_returns_same_order_and_end(db: PgPool) {
    let Listed { backend, bob, ticket, .. } = Listed::new(db).await;
    let first = lock(&backend, bob, ticket, PRICE).await.expect("locks");
    let end = show(&backend, bob, first).await.expect("shows").expires_at;
    let second = lock(&backend, bob, ticket, PRICE).await.expect("gets it back");
    assert_eq!(first, second);
    assert_eq!(show(&backend, bob, second).await.expect("shows").expires_at, end);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_with_the_reason(db: PgPool) {
    let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;

    assert!(matches!(lock(&backend, bob, fresh::<TicketId>(), PRICE).await, Err(LockError::NotFound)));
    assert!(matches!(lock(&backend, ana, ticket, PRICE).await, Err(LockError::OwnTicket)));
    assert!(
        matches!(lock(&backend, bob, ticket, Money::usd(1)).await, Err(LockError::PriceChanged { now }) if now == PRICE)
    );
    let order = lock(&backend, bob, ticket, PRICE).await.expect("locks");
    let refused = lock(&backend, eve, ticket, PRICE).await.expect_err("it is locked");
    let LockError::Locked { until } = &refused else { panic!("{refused:?}") };
    let end = show(&backend, bob, order).await.expect("shows").expires_at;
    assert_eq!(until.unix_timestamp(), end.unix_ms / 1000);
    assert!(AppError::from(refused).to_string().contains(&end.text), "the refusal names when the ticket may come free");

    for (status, is_right) in [
        ("sold", (|e| matches!(e, LockError::Sold)) as fn(&LockError) -> bool),
        ("withdrawn", |e| matches!(e, LockError::Withdrawn)),
    ] {
        testing::set_ticket_status(&backend.db, ticket, status).await;
        let refused = lock(&backend, eve, ticket, PRICE).await.expect_err(status);
        assert!(is_right(&refused), "{refused:?}");
    }
    testing::set_ticket_status(&backend.db, ticket, "listed").await;
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    assert!(matches!(lock(&backend, eve, ticket, PRICE).await, Err(LockError::Started)));
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM orders").await, 1, "refusals change nothing");
}

/// Exactly one of 200 buyers gets the ticket; the others learn until when it is locked.
///
/// Proves the row lock in `tickets::store::lock_row` and, as a second guard, the index
/// `orders_one_holder_per_ticket`. Without `FOR NO KEY UPDATE` the index refuses the other buyers, whose
/// answer then has a wrong end: the second assertion fails. Without the index as well, several buyers get
/// the ticket: the first assertion fails.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn only_one_of_two_hundred_buyers_gets_the_lock(_: PgPoolOptions, connect: PgConnectOptions) {
    // The tests' pools share twenty connections; this test needs fifty buyers at once.
    let db = PgPoolOptions::new().max_connections(50).connect_with(connect.clone()).await.expect("a pool");
    let gate = PgPoolOptions::new().max_connections(2).connect_with(connect).await.expect("another pool");
    let Listed { backend, ticket, .. } = Listed::new(db).await;
    let buyers = testing::users(&backend.db, 200).await;

    // The ticket's row is held until all fifty wait for it, or have passed the point where they should
    // wait.
    let mut closed = gate.begin().await.expect("a transaction");
    let hold = sqlx::query("SELECT FROM tickets WHERE id = $1 FOR UPDATE").bind(ticket.as_uuid());
    hold.execute(&mut *closed).await.expect("holds the row");
    let mut tries = JoinSet::new();
    for buyer in buyers {
        let backend = backend.clone();
        tries.spawn(async move { lock(&backend, buyer, ticket, PRICE).await });
    }
    testing::until("fifty buyers wait", || async { testing::waiting_for_locks(&gate).await == 50 }).await;
    closed.rollback().await.expect("rolls back");
    let outcomes = tries.join_all().await;

    let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1, "one order for one ticket");
    let end: OffsetDateTime =
        sqlx::query_scalar("SELECT expires_at FROM orders").fetch_one(&backend.db).await.expect("one order");
    let told_the_end =
        outcomes.iter().filter(|outcome| matches!(outcome, Err(LockError::Locked { until }) if *until == end)).count();
    assert_eq!(told_the_end, 199, "{outcomes:?}");
}

/// Buyers of different tickets do not wait for each other.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_does_not_wait_for_other_tickets(db: PgPool) {
    let Listed { backend, ana, bob, ticket: held } = Listed::new(db).await;
    let other = testing::ticket(&backend, ana).await;
    let mut slow = backend.db.begin().await.expect("a transaction");
    tickets::store::lock_row(&mut slow, held).await.expect("the row lock");
    lock(&backend, bob, other, PRICE).await.expect("locks while the other ticket's row is held");
    slow.rollback().await.expect("rolls back");
}

/// A buyer who has waited for the row lock decides by the clock after the wait: a lock that expired
/// meanwhile is no lock.
///
/// Proves `clock_timestamp()` in `store::holder`: with `now()` the buyer reads the time at which their
/// transaction began, and is refused.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_reads_the_clock_after_the_wait(db: PgPool) {
    let Listed { backend, bob, ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let order = lock(&backend, bob, ticket, PRICE).await.expect("locks");

    let mut slow = backend.db.begin().await.expect("a transaction");
    tickets::store::lock_row(&mut slow, ticket).await.expect("the row lock");
    let waiting = tokio::spawn({
        let backend = backend.clone();
        async move { lock(&backend, eve, ticket, PRICE).await }
    });
    testing::until("the second buyer waits for the row", || async {
        testing::count(&backend.db, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
            .await
            == 1
    })
    .await;
    // The lock expires while the buyer waits: after their transaction began, before they get the row.
    sqlx::query("UPDATE orders SET expires_at = clock_timestamp() WHERE id = $1")
        .bind(order.as_uuid())
        .execute(&backend.db)
        .await
        .expect("ends");
    slow.commit().await.expect("rolls back");
    waiting.await.expect("no panic").expect("the ticket is free");
}

/// The timer of a lock that has ended does not free the next holder's lock.
///
/// Proves the order's id and end in `store::expire`: a release by ticket would end both orders.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn old_timer_does_not_end_the_new_lock(db: PgPool) {
    let Listed { backend, bob, ticket, .. } = Listed::new(db).await;
    let eve = testing::user(&backend.db, "eve").await;
    let old = lock(&backend, bob, ticket, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let new = lock(&backend, eve, ticket, PRICE).await.expect("an overdue lock is no lock");
    assert_eq!(show(&backend, bob, old).await.expect("shows").status, OrderStatus::Expired);

    assert!(matches!(expire(&backend, old).await.expect("runs"), Expiry::AlreadyOver));
    assert!(matches!(expire(&backend, new).await.expect("runs"), Expiry::NotDue { .. }));
    assert_eq!(show(&backend, eve, new).await.expect("shows").status, OrderStatus::Created);
    assert!(matches!(lock(&backend, bob, ticket, PRICE).await, Err(LockError::Locked { .. })));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_writes_its_timer_in_the_same_transaction(db: PgPool) {
    let Listed { backend, bob, ticket, .. } = Listed::new(db).await;
    let order = lock(&backend, bob, ticket, PRICE).await.expect("locks");
    let jobs = testing::outbox(&backend.db).await;
    let [(job, run_at)] = jobs.as_slice() else { panic!("{jobs:?}") };
    assert_eq!(*job, Job::ExpireOrder { order_id: order });
    let end = show(&backend, bob, order).await.expect("shows").expires_at;
    assert_eq!(run_at.unix_timestamp(), end.unix_ms / 1000);
}

/// A shorter `LOCK_SECONDS` applies to the second.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_lasts_as_long_as_configured(db: PgPool) {
    let Listed { mut backend, bob, ticket, .. } = Listed::new(db).await;
    backend.rules.lock_length = Duration::from_secs(7);
    lock(&backend, bob, ticket, PRICE).await.expect("locks");
    let length: f64 = sqlx::query_scalar("SELECT extract(epoch FROM expires_at - created_at)::float8 FROM orders")
        .fetch_one(&backend.db)
        .await
        .expect("one order");
    assert!((length - 7.0).abs() < 1e-6, "{length}");
}
