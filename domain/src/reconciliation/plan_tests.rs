//! The plans of the comparison of one day, in a shop that has sold for 200 days.

use model::{Money, OrderId};
use sqlx::PgPool;
use time::Duration;

use super::store;
use crate::testing::{self, Explain, TestBackend};

/// The most pages that the comparison of a day with a hundred movements may read, in each direction.
const PAGES_MAX: u64 = 5_000;

/// 20,000 captured payments, a hundred a day, each with its entries and its movement.
const PAYMENTS: &str = "
    INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency, stripe_intent_id)
        SELECT gen_random_uuid(), o.id, n, 'captured', 4950, 'usd', 'pi_' || n FROM orders o, generate_series(1, 20000) n;
    INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency, created_at)
        SELECT p.id, side.account, side.user_id, p.order_id, p.id, 'capture', 'capture', p.id::text, side.cents, 'usd',
            now() - p.attempt * interval '14 minutes 24 seconds'
        FROM payments p JOIN orders o ON o.id = p.order_id,
            LATERAL (VALUES ('buyer', o.buyer_id, -4950), ('platform', NULL, 4950)) side (account, user_id, cents);
    INSERT INTO stripe_movements (id, moved, kind, stripe_source_id, stripe_intent_id, amount_cents, fee_cents, currency, moved_at)
        SELECT 'txn_' || p.attempt, 'capture', 'charge', 'ch_' || p.attempt, p.stripe_intent_id, 4950, 0, 'usd', now() - p.attempt * interval '14 minutes 24 seconds'
        FROM payments p;";

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn day_is_compared_by_indexes(db: PgPool) {
    let backend = TestBackend::without_stripe(db.clone());
    let (ana, bob) = (testing::user(&db, "ana").await, testing::user(&db, "bob").await);
    let listing = testing::listing(&backend, ana).await;
    let _: OrderId = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
    sqlx::raw_sql(PAYMENTS).execute(&db).await.expect("many payments");
    sqlx::raw_sql("ANALYZE").execute(&db).await.expect("statistics");
    let to = store::now(&db).await.expect("a time") - Duration::days(90);
    let from = to - Duration::days(1);
    assert_eq!(store::compare(&db, from, to).await.expect("compares"), 0, "all agree");

    let mut explain = Explain::begin(&db).await;
    store::differ(&mut explain, from, to).await.expect("explains");
    store::missing_at_stripe(&mut explain, from, to).await.expect("explains");
    for plan in explain.end().await {
        let large = ["payments", "ledger_entries", "stripe_movements"];
        let whole = plan.nodes.iter().any(|node| {
            node.starts_with("Seq Scan") && large.iter().any(|table| node.ends_with(&format!(" on {table}")))
        });
        assert!(!whole && plan.buffers <= PAGES_MAX, "{plan:?}");
    }
}
