//! What looking for news costs: 20,000 listings and 30,000 watches, of which 1,000 events and 1,000 listings are told at once.

use sqlx::PgPool;

use crate::{
    testing::Explain,
    watching::{SETTLE, news_store},
};

/// What the sweep may read of one watch that is told at once, in pages.
const OF_WATCH: u64 = 40;

const MANY: &str = "
    INSERT INTO users (id, email, password_hash)
        SELECT gen_random_uuid(), 'user' || n || '@example.com', 'none' FROM generate_series(1, 1000) n;
    INSERT INTO venues (id, name, city, name_key, city_key, time_zone)
        VALUES (gen_random_uuid(), 'Hall', 'Berlin', 'hall', 'berlin', 'Europe/Berlin');
    INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
        SELECT gen_random_uuid(), id, 'Night ' || n, 'night ' || n, 'concert', now()::timestamp + n * interval '1 day', now() + n * interval '1 day'
        FROM venues, generate_series(1, 500) n;
    INSERT INTO listings (event_id, seller_id, price_cents)
        SELECT e.id, u.id, 4950 FROM events e, (SELECT id FROM users LIMIT 40) u;
    INSERT INTO tickets (listing_id, position, starts_at)
        SELECT l.id, 1, e.starts_at FROM listings l JOIN events e ON e.id = l.event_id;
    INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
            section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at, ended_at, lock_end)
        SELECT id, seller_id, 'expired', 1, ARRAY[gen_random_uuid()], 'Night', 'Hall', 'Berlin', now(), 'Europe/Berlin',
            '', '', ARRAY[''], 4950, 4950, 0, 'usd', now(), now(), now() FROM listings;
    CREATE TEMPORARY TABLE wishes AS
        SELECT u.id AS user_id, u.n, e.n AS m, e.id AS event_id, (SELECT l.id FROM listings l WHERE l.event_id = e.id LIMIT 1) AS listing_id
        FROM (SELECT id, row_number() OVER () AS n FROM users) u,
            (SELECT id, row_number() OVER () AS n FROM events LIMIT 15) e;
    INSERT INTO watches (user_id, event_id, at_once, starts_at, due_at)
        SELECT user_id, event_id, m = 1, now() + interval '1 day', now() - n * interval '1 minute' FROM wishes;
    INSERT INTO watches (user_id, listing_id, at_once, starts_at, due_at)
        SELECT user_id, listing_id, m = 1, now() + interval '1 day', now() - n * interval '1 minute' FROM wishes;
    DROP TABLE wishes;";

/// Proves the indexes and the bound inside of the query: without either, the planner joins watches with all listings.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_reads_a_bounded_part_of_each_watch_that_is_due(db: PgPool) {
    let tables = "ANALYZE users, events, listings, listing_prices, tickets, orders, watches";
    sqlx::raw_sql(tables).execute(&db).await.expect("statistics of empty tables");
    sqlx::raw_sql(MANY).execute(&db).await.expect("many watches");
    for statistics in ["stale", "fresh"] {
        let mut explain = Explain::begin(&db).await;
        news_store::with_news_at_once(&mut explain, SETTLE, 100).await.expect("explains");
        news_store::with_digest_due(&mut explain, 100).await.expect("explains");
        let plans = explain.end().await;
        let [at_once, digest] = &plans[..] else { panic!("two statements: {plans:?}") };
        assert!(!at_once.reads_whole_table() && at_once.buffers < 2_000 * OF_WATCH, "{statistics}: {at_once:?}");
        assert!(!digest.reads_whole_table() && digest.buffers < 400, "{statistics}: {digest:?}");
        sqlx::raw_sql(tables).execute(&db).await.expect("statistics");
    }
}
