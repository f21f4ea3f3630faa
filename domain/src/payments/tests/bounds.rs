//! Stripe is slow to answer.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use model::{AppError, Code, Money};
use platform::stripe::CALLS;
use sqlx::PgPool;
use stripe_sim::Faults;

use crate::{
    catalogue::home::home,
    payments::sweep::sweep,
    testing::{self, TestBackend},
};

const PRICE: Money = Money::usd(4950);
/// More than the number of calls that may wait for Stripe.
const BEYOND: usize = 10;

/// Work that piled up while no worker ran, or Stripe was down: one sweep does as much of it as it can.
///
/// Proves the batches after the first.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn one_sweep_handles_the_backlog(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    testing::overdue_orders(&backend.db, ana, bob, 250).await;
    // For these Stripe need not be asked.
    sqlx::query(
        "INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency, updated_at)
        SELECT gen_random_uuid(), id, 1, 'starting', price_cents, currency, now() - interval '2 minutes' FROM orders",
    )
    .execute(&backend.db)
    .await
    .expect("attempts");
    assert_eq!(sweep(&backend).await.expect("sweeps").payments.len(), 250);
    let open = "SELECT count(*) FROM payments WHERE status = 'starting'";
    assert_eq!(testing::count(&backend.db, open).await, 0);
}

/// Proves the bound on calls, and that nothing else is held during them: without the bound, each request
/// waits for all those before it; if something is held, locks and pages wait too.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn slow_stripe_blocks_a_bounded_number_of_calls_only(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let ana = testing::user(&backend.db, "ana").await;
    let buyers = testing::users(&backend.db, CALLS + BEYOND).await;
    let mut orders = Vec::new();
    for buyer in &buyers {
        let ticket = testing::listing(&backend, ana).await;
        orders.push((*buyer, testing::lock_one(&backend, *buyer, ticket, PRICE).await.expect("locks")));
    }

    simulator.set_faults(Faults { stall_next: 1000, stall_ms: 12_000, ..Faults::default() });
    let mut paying: FuturesUnordered<_> =
        orders.iter().map(async |(buyer, order)| testing::start_payment(&backend, *buyer, *order).await).collect();
    let mut refused = 0;
    while refused < BEYOND {
        let error = paying.next().await.expect("the others wait").expect_err("no call has been answered yet");
        assert_eq!(AppError::from(error).code(), Code::PaymentsUnavailable);
        refused += 1;
    }
    let beside = async {
        let ticket = testing::listing(&backend, ana).await;
        testing::lock_one(&backend, buyers[0], ticket, PRICE).await.expect("another ticket is locked meanwhile");
        home(&backend, None).await.expect("and pages are read");
    };
    tokio::time::timeout(Duration::from_secs(10), beside).await.expect("long before Stripe answers");

    let mut opened = 0;
    while let Some(outcome) = paying.next().await {
        outcome.expect("Stripe answers at last");
        opened += 1;
    }
    assert_eq!(opened, CALLS);
    simulator.set_faults(Faults::default());
    let (buyer, order) = orders[0];
    testing::start_payment(&backend, buyer, order).await.expect("and there is room again");
}
