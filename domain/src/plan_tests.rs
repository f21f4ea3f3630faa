//! The plans of the statements that a busy shop lives on: 100,000 tickets, of which 20,000 are locked.
//!
//! Each statement is explained twice: with statistics from a quiet night, when no ticket was locked, and with fresh ones.
//! It has to stay on its indexes and to read a bounded number of pages in both.

use model::{ListingId, Money, OrderId, UserId};
use sqlx::{Connection, PgConnection, PgPool, types::Uuid};
use time::OffsetDateTime;

use crate::{
    backend::Rules,
    metrics,
    orders::{self, take_store},
    testing::{Explain, Plan},
    tickets::store,
};

const MANY: &str = "
    INSERT INTO users (id, email, password_hash)
        SELECT gen_random_uuid(), 'user' || n || '@example.com', 'none' FROM generate_series(1, 5000) n;
    INSERT INTO venues (id, name, city, name_key, city_key, time_zone)
        SELECT gen_random_uuid(), 'Hall ' || n, 'Berlin', 'hall ' || n, 'berlin', 'Europe/Berlin' FROM generate_series(1, 50) n;
    INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
        SELECT gen_random_uuid(), id, 'Night ' || n, 'night ' || n, 'concert', now()::timestamp + n * interval '1 hour', now() + n * interval '1 hour'
        FROM venues, generate_series(1, 100) n;
    INSERT INTO listings (event_id, seller_id, price_cents)
        SELECT e.id, u.id, 4950 FROM (SELECT id, row_number() OVER () AS n FROM events) e
        JOIN (SELECT id, row_number() OVER () AS n FROM users) u ON u.n = e.n, generate_series(1, 10);
    INSERT INTO tickets (listing_id, position, starts_at)
        SELECT l.id, n, e.starts_at FROM listings l JOIN events e ON e.id = l.event_id, generate_series(1, 2) n;
";

/// The soonest 20,000 tickets: 10,000 orders of two.
const LOCKS: &str = "
    CREATE TEMPORARY TABLE chosen AS
        SELECT l.id AS listing, gen_random_uuid() AS order_id, u.id AS buyer, l.n
        FROM (
            SELECT l.id, row_number() OVER (ORDER BY e.starts_at, l.id) AS n FROM listings l JOIN events e ON e.id = l.event_id
        ) l JOIN (SELECT id, row_number() OVER () AS n FROM users) u ON u.n = l.n % 5000 + 1
        WHERE l.n <= 10000;
    INSERT INTO orders (id, listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
            section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at)
        SELECT c.order_id, c.listing, c.buyer, 'created', 1, array_agg(t.id), 'Night', 'Hall', 'Berlin', min(t.starts_at), 'Europe/Berlin',
            '', '', array_agg(t.seat), 4950, 9900, 0, 'usd', now()
        FROM chosen c JOIN tickets t ON t.listing_id = c.listing GROUP BY c.order_id, c.listing, c.buyer;
    UPDATE tickets t SET order_id = c.order_id, holder_id = c.buyer, held_until = now() + interval '10 minutes' + c.n * interval '90 milliseconds',
            hold_slot = (c.n / 5000) * 2 + t.position
        FROM chosen c WHERE c.listing = t.listing_id;
    DROP TABLE chosen;";

async fn one<T: From<Uuid>>(db: &PgPool, sql: &'static str) -> T {
    let id: Uuid = sqlx::query_scalar(sql).fetch_one(db).await.expect("an id");
    T::from(id)
}

/// The statements, each with the most pages that it may read.
const BOUNDS: [(&str, u64); 12] = [
    ("home", 700),
    ("home, a later page", 500),
    ("listing", 30),
    ("a seller's listings", 250),
    ("lock of one ticket", 100),
    ("lock of two tickets", 110),
    ("cancel", 70),
    ("order", 25),
    ("overdue orders, nothing to do", 10),
    ("overdue orders with a waitlist, nothing to do", 10),
    ("overdue orders with a payment, nothing to do", 10),
    ("backlog", 10),
];

async fn explain(db: &PgPool) -> Vec<Plan> {
    let rules = Rules::default();
    let free: ListingId = one(db, "SELECT listing_id FROM tickets WHERE order_id IS NULL LIMIT 1").await;
    let order: OrderId = one(db, "SELECT id FROM orders LIMIT 1").await;
    let holder: UserId = one(db, "SELECT buyer_id FROM orders LIMIT 1").await;
    let seller: UserId = one(db, "SELECT seller_id FROM listings LIMIT 1").await;
    let buyer: UserId = one(
        db,
        "INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), gen_random_uuid() || '@example.com', 'none') RETURNING id",
    )
    .await;
    let later: OffsetDateTime =
        sqlx::query_scalar("SELECT now() + interval '50 hours'").fetch_one(db).await.expect("a time");
    // The first reader after many locks marks the entries of the index that are dead.
    let mut reader = PgConnection::connect_with(&db.connect_options()).await.expect("connects");
    store::on_sale(&mut reader, None, 21).await.expect("reads");
    reader.close().await.expect("closes");
    let mut explain = Explain::begin(db).await;
    let note = |outcome: sqlx::Result<()>| match outcome {
        Ok(()) | Err(sqlx::Error::RowNotFound) => {}
        Err(error) => panic!("{error}"),
    };
    note(store::on_sale(&mut explain, None, 21).await.map(drop));
    note(store::on_sale(&mut explain, Some((later, free)), 21).await.map(drop));
    note(store::find(&mut explain, free, Some(buyer)).await.map(drop));
    note(store::of_seller(&mut explain, seller, None, 21).await.map(drop));
    for count in [1, 2] {
        let take = take_store::Take { listing: free, version: 1, price: Money::usd(4950), buyer, count, tickets: &[] };
        note(take_store::take(&mut explain, &rules, &take, None).await.map(drop));
    }
    note(orders::store::cancel_unawaited(&mut explain, order, holder).await.map(drop));
    note(orders::store::find(&mut explain, order).await.map(drop));
    note(orders::store::expire_unpaid(&mut explain, 1000).await.map(drop));
    note(orders::store::overdue_and_awaited(&mut explain, 1000).await.map(drop));
    note(orders::store::overdue_with_payment(&mut explain, 100).await.map(drop));
    note(metrics::store::work(&mut explain).await.map(drop));
    explain.end().await
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn plans_hold_with_stale_and_with_fresh_statistics(db: PgPool) {
    sqlx::raw_sql(MANY).execute(&db).await.expect("many tickets");
    sqlx::raw_sql("VACUUM ANALYZE").execute(&db).await.expect("statistics of a quiet night");
    sqlx::raw_sql(LOCKS).execute(&db).await.expect("many locks");
    assert_eq!(crate::testing::count(&db, "SELECT count(*) FROM tickets WHERE held_until > now()").await, 20_000);
    for statistics in ["stale", "fresh"] {
        let plans = explain(&db).await;
        assert_eq!(plans.len(), BOUNDS.len());
        for ((what, _), plan) in BOUNDS.iter().zip(&plans) {
            println!("{statistics}: {what}: {} pages {:?}", plan.buffers, plan.nodes);
        }
        for ((what, most), plan) in BOUNDS.iter().zip(&plans) {
            // Tables without a row have no index to stay on.
            let is_bounded = !plan.nodes.iter().any(|node| {
                node.starts_with("Seq Scan")
                    && ["tickets", "orders", "listings", "events", "users"]
                        .iter()
                        .any(|table| node.ends_with(&format!(" on {table}")))
            });
            assert!(is_bounded, "{statistics}: {what}: {plan:?}");
            assert!(plan.buffers <= *most, "{statistics}: {what}: {plan:?}");
        }
        sqlx::raw_sql("ANALYZE").execute(&db).await.expect("fresh statistics");
    }
}
