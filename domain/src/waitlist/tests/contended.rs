//! The waitlist under many concurrent requests.

use std::collections::BTreeSet;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinSet;

use super::*;
use crate::{orders, transaction::Transaction};

/// Concurrent requests: as many as the setup's pool has connections.
const AT_ONCE: usize = 50;

/// A setup with a large pool, and a second pool for the transaction that holds the requests back.
async fn crowded(connect: PgConnectOptions) -> (Setup, PgPool) {
    let db = PgPoolOptions::new().max_connections(50).connect_with(connect.clone()).await.expect("a pool");
    let gate = PgPoolOptions::new().max_connections(2).connect_with(connect).await.expect("another pool");
    (Setup::without_waitlist(db).await, gate)
}

/// Holds the listing's row until all of `tries` wait for it, then releases them together.
async fn at_the_same_moment<T: Send + 'static>(
    gate: &PgPool,
    listing: ListingId,
    tries: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut closed = gate.begin().await.expect("a transaction");
    let hold = sqlx::query("SELECT FROM listings WHERE id = $1 FOR NO KEY UPDATE").bind(listing.as_uuid());
    hold.execute(&mut *closed).await.expect("holds the row");
    let count = i64::try_from(tries.len()).expect("a small number");
    let running: JoinSet<T> = tries.into_iter().collect();
    testing::until("all of them wait", || async { testing::waiting_for_locks(gate).await == count }).await;
    closed.rollback().await.expect("rolls back");
    running.join_all().await
}

/// Twenty-five users press the button twice each: each user gets one position, and no position is given
/// twice.
///
/// Proves the listing's row lock in `join`: without it positions are counted before other entries are
/// written.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_joins_at_once_get_distinct_positions(_: PgPoolOptions, connect: PgConnectOptions) {
    let (setup, gate) = crowded(connect).await;
    let people = testing::users(&setup.backend.db, AT_ONCE / 2).await;
    let tries = people.iter().chain(&people).map(|&user| {
        let (backend, listing) = (setup.backend.clone(), setup.listing);
        async move { (user, join(&backend, user, listing, 1).await.expect("joins")) }
    });
    let joined: BTreeSet<_> = at_the_same_moment(&gate, setup.listing, tries.collect()).await.into_iter().collect();
    assert_eq!(joined.len(), people.len(), "both answers of one user are the same");
    let positions: BTreeSet<_> = joined.iter().map(|(_, position)| *position).collect();
    assert_eq!(positions, (1..=25).collect(), "and no position is given to two users");
    for (user, position) in joined {
        assert_eq!(setup.waitlist(user).await.my_position, Some(position));
    }
}

/// Fifty other users press **Buy ticket** at the moment when a lock ends: the first of the waitlist gets
/// the ticket.
///
/// Proves `bring_up_to_date` in `lock`: without it the quickest of the fifty gets the ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn fifty_buyers_lose_to_the_waitlist(_: PgPoolOptions, connect: PgConnectOptions) {
    let (setup, gate) = crowded(connect).await;
    setup.join(setup.carol).await.expect("joins");
    let strangers = testing::users(&setup.backend.db, AT_ONCE).await;
    setup.time_runs_out().await;
    let tries = strangers.into_iter().map(|stranger| {
        let (backend, listing) = (setup.backend.clone(), setup.listing);
        async move { testing::lock_one(&backend, stranger, listing, PRICE).await }
    });
    let outcomes = at_the_same_moment(&gate, setup.listing, tries.collect()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(LockError::Locked { .. }))), "{outcomes:?}");
    setup.assert_has_their_turn(setup.carol).await;
}

/// Timers, sweeps and the next buyer all find the same order overdue: the ticket is offered once.
///
/// Proves the listing's row lock and the check that the order has ended, in `expire`: without them the
/// second worker offers the ticket again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn concurrent_workers_offer_ticket_once(_: PgPoolOptions, connect: PgConnectOptions) {
    let (setup, gate) = crowded(connect).await;
    setup.join(setup.carol).await.expect("joins");
    setup.join(setup.dan).await.expect("joins");
    setup.time_runs_out().await;
    let tries = (0..AT_ONCE).map(|_| {
        let (backend, order) = (setup.backend.clone(), setup.order);
        async move { expire(&backend, order).await.expect("runs") }
    });
    let outcomes = at_the_same_moment(&gate, setup.listing, tries.collect()).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Expiry::Expired).count(), 1, "{outcomes:?}");
    setup.assert_has_their_turn(setup.carol).await;
    assert_eq!(setup.waitlist(setup.dan).await.my_position, Some(1), "Dan still waits");
}

/// Carol leaves while the ticket is being offered to her: either she gets it, or Dan does.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn leave_races_with_offer(_: PgPoolOptions, connect: PgConnectOptions) {
    let (mut setup, _) = crowded(connect).await;
    let (mut hers, mut dans) = (0, 0);
    for n in 0..40 {
        setup.listing = testing::listing(&setup.backend, setup.ana).await;
        setup.order = setup.lock(setup.bob).await.expect("locks");
        setup.join(setup.carol).await.expect("joins");
        setup.join(setup.dan).await.expect("joins");
        let left = leave(&setup.backend, setup.carol, setup.listing);
        let cancelled = cancel(&setup.backend, setup.bob, setup.order);
        // The request that is polled first has a head start.
        let (left, cancelled) = if n % 2 == 0 {
            tokio::join!(left, cancelled)
        } else {
            let (cancelled, left) = tokio::join!(cancelled, left);
            (left, cancelled)
        };
        left.expect("leaves");
        cancelled.expect("cancels");
        let [carol, dan] = [setup.view(setup.carol).await, setup.view(setup.dan).await];
        assert_eq!(carol.waitlist.my_position, None, "she is not on the waitlist");
        match (carol.my_order, dan.my_order, dan.waitlist.my_position) {
            (Some(_), None, Some(1)) => hers += 1,
            (None, Some(_), None) => dans += 1,
            outcome => panic!("{outcome:?}"),
        }
    }
    assert_eq!(hers + dans, 40);
}

/// Two tickets whose waitlists have the same two users, both at their cap, in opposite order: there is no
/// deadlock.
///
/// Proves the order of the keys in `lock_buyers`: if each transaction takes them in the order of its waitlist,
/// PostgreSQL ends one of the two by `deadlock_detected`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn crossed_waitlists_do_not_deadlock(_: PgPoolOptions, connect: PgConnectOptions) {
    let (mut setup, _) = crowded(connect).await;
    for user in [setup.carol, setup.dan] {
        let ticket = testing::listing(&setup.backend, setup.ana).await;
        testing::lock_one(&setup.backend, user, ticket, PRICE).await.expect("locks");
    }
    for _ in 0..40 {
        let mut orders = Vec::new();
        for people in [[setup.carol, setup.dan], [setup.dan, setup.carol]] {
            setup.listing = testing::listing(&setup.backend, setup.ana).await;
            orders.push(setup.lock(setup.bob).await.expect("locks"));
            for user in people {
                setup.join(user).await.expect("joins");
            }
        }
        let mut at_cap = setup.backend.clone();
        at_cap.rules.max_active_locks = 1;
        let (one, two) = tokio::join!(cancel(&at_cap, setup.bob, orders[0]), cancel(&at_cap, setup.bob, orders[1]));
        one.expect("cancels");
        two.expect("cancels");
    }
}

/// Two users join crosswise, and each brings the other's ticket up to date: there is no deadlock.
///
/// Proves that `bring_up_to_date` takes the lock of the user who joins together with those of the waitlist: if it is
/// taken afterwards, PostgreSQL ends one of the two by `deadlock_detected`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn crossed_joins_do_not_deadlock(_: PgPoolOptions, connect: PgConnectOptions) {
    let (mut setup, _) = crowded(connect).await;
    setup.backend.rules.max_waitlists_per_user = 100;
    for _ in 0..40 {
        let mut tickets = Vec::new();
        for first in [setup.carol, setup.dan] {
            setup.listing = testing::listing(&setup.backend, setup.ana).await;
            setup.lock(setup.bob).await.expect("locks");
            setup.join(first).await.expect("joins");
            tickets.push(setup.listing);
        }
        sqlx::query("UPDATE tickets SET held_until = now() WHERE holder_id = $1")
            .bind(setup.bob.as_uuid())
            .execute(&setup.backend.db)
            .await
            .expect("runs out");
        let (one, two) = tokio::join!(
            join(&setup.backend, setup.dan, tickets[0], 1),
            join(&setup.backend, setup.carol, tickets[1], 1)
        );
        assert_eq!((one.expect("joins"), two.expect("joins")), (1, 1), "each behind the other, who holds the ticket");
    }
}

/// The sweep ends an order in a batch at the moment when a user joins its waitlist.
///
/// Proves the shared row lock of the listing in `expire_unpaid`: without it Carol waits behind an order that has ended,
/// on a waitlist that no job processes.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_races_with_sweep(_: PgPoolOptions, connect: PgConnectOptions) {
    let (setup, gate) = crowded(connect).await;
    let mut sweeping = Transaction::begin(&gate, &setup.backend.changes).await.expect("a transaction");
    // The sweep sees the lock as expired while the joining user still sees it as running.
    sqlx::query("UPDATE tickets SET held_until = now()").execute(&mut *sweeping).await.expect("runs out");
    assert_eq!(orders::store::expire_unpaid(&mut sweeping, 10).await.expect("ends it").orders, 1);
    let joining = tokio::spawn({
        let (backend, carol, listing) = (setup.backend.clone(), setup.carol, setup.listing);
        async move { join(&backend, carol, listing, 1).await }
    });
    testing::until("Carol waits for the listing's row", || async { testing::waiting_for_locks(&gate).await == 1 })
        .await;
    sweeping.commit().await.expect("commits");
    let refused = joining.await.expect("no panic");
    assert!(matches!(refused, Err(JoinError::Free)), "{refused:?}");
    setup.lock(setup.carol).await.expect("and it is free");

    // In the opposite order: the sweep sees the user who has joined.
    setup.join(setup.dan).await.expect("joins");
    setup.time_runs_out().await;
    assert_eq!(orders::store::expire_unpaid(&setup.backend.db, 10).await.expect("runs").tickets, 0);

    // And while the user is joining: the sweep leaves the listing alone.
    let mut joining = Transaction::begin(&gate, &setup.backend.changes).await.expect("a transaction");
    let other = testing::listing(&setup.backend, setup.ana).await;
    testing::lock_one(&setup.backend, setup.bob, other, PRICE).await.expect("locks");
    setup.time_runs_out().await;
    tickets::store::lock(&mut joining, other).await.expect("the row lock");
    assert_eq!(orders::store::expire_unpaid(&setup.backend.db, 10).await.expect("runs").orders, 0);
    joining.commit().await.expect("commits");
    assert_eq!(orders::store::expire_unpaid(&setup.backend.db, 10).await.expect("runs").orders, 1);
}
