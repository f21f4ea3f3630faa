//! The plans of the statements that a busy shop lives on: 100,000 tickets, of which 20,000 are locked.
//!
//! Each statement is explained twice: with statistics from a quiet night, when no ticket was locked, and with fresh ones.
//! It has to stay on its indexes and to read a bounded number of pages in both.

use model::{EventId, ListingId, Money, OrderId, UserId, VenueId, events::Sort, tickets::ListingsPart};
use sqlx::{Connection, PgConnection, PgPool, types::Uuid};
use time::OffsetDateTime;

use crate::{
    backend::Rules,
    catalogue::{
        event_store::{self, Conditions},
        fast_store,
        search_store::{self, After, Filter},
    },
    metrics,
    orders::{self, take_store, view_store::Selection},
    testing::{Explain, Plan},
    tickets::{home_store, store},
};

/// Switches off autovacuum for every table.
const NO_AUTOVACUUM: &str = "
    DO $$ DECLARE name regclass; BEGIN
        FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', name);
        END LOOP;
    END $$
";

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

/// A buyer who has bought often, and given up as often: 400 orders of the listings that are not locked.
const REGULAR: &str = "
    INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'regular@example.com', 'none');
    INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
            section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at, ended_at, lock_end)
        SELECT l.id, u.id, CASE l.n % 2 WHEN 0 THEN 'complete' ELSE 'expired' END, 1, ARRAY[gen_random_uuid()], 'Night', 'Hall', 'Berlin',
            now() + (l.n - 100) * interval '1 hour', 'Europe/Berlin', '', '', ARRAY[''], 4950, 4950, 0, 'usd', now(), now(), now()
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM listings WHERE id NOT IN (SELECT listing_id FROM orders) LIMIT 400) l,
            users u WHERE u.email = 'regular@example.com';";

/// The events that sell fast, counted 60 times: each time the rows are deleted and written anew.
const SALES: &str = "
    DO $$ BEGIN
        FOR i IN 1..60 LOOP
            DELETE FROM event_sales;
            INSERT INTO event_sales (event_id, sold, counted_at) SELECT id, 7, now() FROM events ORDER BY starts_at, id LIMIT 20;
        END LOOP;
    END $$;";

async fn one<T: From<Uuid>>(db: &PgPool, sql: &'static str) -> T {
    let id: Uuid = sqlx::query_scalar(sql).fetch_one(db).await.expect("an id");
    T::from(id)
}

/// The statements, each with the most pages that it may read.
const BOUNDS: [(&str, u64); 26] = [
    ("newest listings", 700),
    ("price drops", 700),
    ("events that sell fast", 2_500),
    ("event", 300),
    ("search without words", 12_000),
    ("search for a word that every event has", 12_000),
    ("search for a few events", 12_000),
    ("search, a later page", 12_000),
    ("search, cheapest first", 30_000),
    ("search, newest listing first", 30_000),
    ("events of a venue", 12_000),
    ("the next events", 2_000),
    ("places that begin with some letters", 2_000),
    ("listing", 30),
    ("a listing's page", 150),
    ("a seller's listings", 250),
    ("lock of one ticket", 100),
    ("lock of two tickets", 110),
    ("cancel", 70),
    ("order", 25),
    ("tickets of a buyer with 2 orders", 100),
    ("tickets of a buyer with 400 orders", 2500),
    ("overdue orders, nothing to do", 10),
    ("overdue orders with a waitlist, nothing to do", 10),
    ("overdue orders with a payment, nothing to do", 10),
    ("backlog", 10),
];

async fn explain(db: &PgPool) -> Vec<Plan> {
    let rules = Rules::default();
    let free: ListingId = one(db, "SELECT listing_id FROM tickets WHERE order_id IS NULL LIMIT 1").await;
    let digits: String = sqlx::query_scalar("SELECT right(event_id::text, 12) FROM listings WHERE id = $1")
        .bind(free.as_uuid())
        .fetch_one(db)
        .await
        .expect("an event");
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
    search_store::search(&mut reader, &Filter::default(), 21).await.expect("reads");
    reader.close().await.expect("closes");
    let mut explain = Explain::begin(db).await;
    let note = |outcome: sqlx::Result<()>| match outcome {
        Ok(()) | Err(sqlx::Error::RowNotFound) => {}
        Err(error) => panic!("{error}"),
    };
    note(home_store::newest(&mut explain, 9, &[]).await.map(drop));
    note(home_store::price_drops(&mut explain, 9).await.map(drop));
    note(fast_store::fast(&mut explain, 20, 12).await.map(drop));
    note(event_store::find(&mut explain, &digits, Conditions::default(), 300).await.map(drop));
    for words in [None, Some("'night':*"), Some("'night':* & '77':*")] {
        let filter = Filter { words: words.map(str::to_owned), ..Filter::default() };
        note(search_store::search(&mut explain, &filter, 21).await.map(drop));
    }
    let venue: VenueId = one(db, "SELECT id FROM venues LIMIT 1").await;
    let before_all: EventId = one(db, "SELECT '00000000-0000-0000-0000-000000000000'::uuid").await;
    for filter in [
        Filter { after: Some(After::Start(later, before_all)), ..Filter::default() },
        Filter { sort: Sort::Cheapest, ..Filter::default() },
        Filter { sort: Sort::Newest, ..Filter::default() },
        Filter { venue: Some(venue), ..Filter::default() },
        Filter { is_next_few: true, ..Filter::default() },
    ] {
        note(search_store::search(&mut explain, &filter, 21).await.map(drop));
    }
    note(search_store::places(&mut explain, "b").await.map(drop));
    note(store::find(&mut explain, free, Some(buyer)).await.map(drop));
    note(store::find_with_facts(&mut explain, free, Some(buyer)).await.map(drop));
    note(store::of_seller(&mut explain, seller, ListingsPart::Coming, None, 21).await.map(drop));
    for count in [1, 2] {
        let take = take_store::Take { listing: free, version: 1, price: Money::usd(4950), buyer, count, tickets: &[] };
        note(take_store::take(&mut explain, &rules, &take, None).await.map(drop));
    }
    note(orders::store::cancel_unawaited(&mut explain, order, holder).await.map(drop));
    note(orders::store::find(&mut explain, order).await.map(drop));
    let regular: UserId = one(db, "SELECT id FROM users WHERE email = 'regular@example.com'").await;
    let first_page = Selection { only: None, part: None, after: None, ended: 21, others: 51, events: 0 };
    for buyer in [holder, regular] {
        note(orders::view_store::of_buyer(&mut explain, buyer, first_page).await.map(drop));
    }
    note(orders::store::expire_unpaid(&mut explain, 1000).await.map(drop));
    note(orders::store::overdue_and_awaited(&mut explain, 1000).await.map(drop));
    note(orders::store::overdue_with_payment(&mut explain, 100).await.map(drop));
    note(metrics::store::work(&mut explain).await.map(drop));
    explain.end().await
}

/// Proves that search is planned for its words each time, also by a connection that has often searched.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn search_has_no_plan_for_all_words(db: PgPool) {
    // It would read tables meanwhile, so that the statistics are not stale, and keep dead rows in the indexes.
    sqlx::raw_sql(NO_AUTOVACUUM).execute(&db).await.expect("no autovacuum");
    sqlx::raw_sql(MANY).execute(&db).await.expect("many tickets");
    sqlx::raw_sql("VACUUM ANALYZE").execute(&db).await.expect("statistics");
    let mut reader = PgConnection::connect_with(&db.connect_options()).await.expect("connects");
    for words in ["'night':* & '77':*", "'night':*"].repeat(6) {
        let filter = Filter { words: Some(words.to_owned()), ..Filter::default() };
        assert_eq!(search_store::search(&mut reader, &filter, 21).await.expect("searches").len(), 21, "{words}");
    }
    let kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%tsquery%' AND statement NOT LIKE '%pg_prepared%'";
    let kept: i64 = sqlx::query_scalar(kept).fetch_one(&mut reader).await.expect("a number");
    assert_eq!(kept, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn plans_hold_with_stale_and_with_fresh_statistics(db: PgPool) {
    sqlx::raw_sql(MANY).execute(&db).await.expect("many tickets");
    sqlx::raw_sql("VACUUM ANALYZE").execute(&db).await.expect("statistics of a quiet night");
    sqlx::raw_sql(LOCKS).execute(&db).await.expect("many locks");
    sqlx::raw_sql(REGULAR).execute(&db).await.expect("a regular buyer");
    sqlx::raw_sql(SALES).execute(&db).await.expect("sales of late");
    // Otherwise an index scan visits each row that was locked, for as long as any transaction runs that is older than the
    // locks: also one of another test, in another database.
    sqlx::raw_sql("VACUUM").execute(&db).await.expect("no dead rows");
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
