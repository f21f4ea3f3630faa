//! Migrations on a shop that is open.

use std::borrow::Cow;

use domain::{
    database::MIGRATIONS,
    expiration,
    testing::{self, TestBackend},
};
use sqlx::{PgPool, migrate::Migrator};

/// The tables of the first day.
const FIRST: usize = 8;

/// A row of every kind that there can be: orders and payments in every status, a job on its way.
const FILLED: &str = "
    INSERT INTO users (id, email, password_hash)
    SELECT gen_random_uuid(), name || '@example.com', 'none' FROM unnest(ARRAY['ana', 'bob', 'Cleo']) name;
    INSERT INTO sessions (token_hash, user_id, expires_at)
    SELECT sha256(id::text::bytea), id, now() + interval '1 day' FROM users;
    INSERT INTO sign_in_attempts (email, address) VALUES ('ana@example.com', '192.0.2.1'), ('nobody@example.com', '2001:db8::1');
    INSERT INTO tickets (id, seller_id, title, category, venue, city, starts_at, time_zone, section, seat_row, seat, price_cents, version, status)
    SELECT gen_random_uuid(), (SELECT id FROM users WHERE email LIKE 'ana%'), 'Night ' || n, 'concert', 'Tempodrom', 'Berlin',
        now() + interval '30 days', 'Europe/Berlin', '', '', n::text, 4950, n, CASE n % 3 WHEN 0 THEN 'sold' WHEN 1 THEN 'listed' ELSE 'withdrawn' END
    FROM generate_series(1, 12) n;
    INSERT INTO orders (id, ticket_id, buyer_id, status, price_cents, currency, ticket_version, created_at, expires_at, ended_at)
    SELECT gen_random_uuid(), t.id, (SELECT id FROM users WHERE email LIKE 'bob%'), s.status, 4950, 'usd', 1,
        now() - s.n * interval '4 minutes', now() + interval '11 minutes' - s.n * interval '4 minutes',
        CASE WHEN s.status IN ('created', 'awaiting_payment') THEN NULL ELSE now() END
    FROM unnest(ARRAY['created', 'awaiting_payment', 'complete', 'refund_pending', 'refunded', 'cancelled', 'expired']) WITH ORDINALITY s (status, n)
    JOIN tickets t ON t.seat = s.n::text;
    INSERT INTO payments (id, order_id, attempt, status, stripe_intent_id, amount_cents, currency)
    SELECT gen_random_uuid(), o.id, s.n, s.status, 'pi_' || s.n, 4950, 'usd'
    FROM unnest(ARRAY['open', 'captured', 'declined', 'cancelled', 'refunding', 'refunded']) WITH ORDINALITY s (status, n)
    JOIN orders o ON o.status = CASE s.status WHEN 'open' THEN 'awaiting_payment' WHEN 'captured' THEN 'complete' ELSE 'refunded' END;
    INSERT INTO stripe_events (id, type, payload, handled_at) VALUES ('evt_1', 'a', '{}', now()), ('evt_2', 'b', 'not even JSON', NULL);
    INSERT INTO outbox (id, job, run_at)
    SELECT gen_random_uuid(), jsonb_build_object('kind', 'expire_order', 'order_id', id), expires_at FROM orders;
    INSERT INTO outbox (id, job, run_at) VALUES (gen_random_uuid(), '{\"kind\": \"handle_stripe_event\", \"event_id\": \"evt_2\"}', now());
";

/// Every table of the schema with a query that reads all of it, as it is then.
async fn readings(db: &PgPool) -> Vec<(String, String)> {
    sqlx::query_as(
        "
        SELECT table_name::text, format('SELECT string_agg(r::text, E''\\n'' ORDER BY r::text) FROM (SELECT %s FROM %I) r',
            string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position), table_name)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
        GROUP BY table_name ORDER BY table_name
        ",
    )
    .fetch_all(db)
    .await
    .expect("a schema")
}

async fn read(db: &PgPool, readings: &[(String, String)]) -> Vec<(String, Option<String>)> {
    let mut read = Vec::new();
    for (table, query) in readings {
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(query.clone())).fetch_one(db).await;
        read.push((table.clone(), rows.unwrap_or_else(|error| panic!("{table}: {error}"))));
    }
    read
}

/// A shop of the first day.
async fn open(db: &PgPool) {
    let first = MIGRATIONS.iter().take(FIRST).cloned().collect();
    let first = Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT };
    first.run(db).await.expect("the first migrations apply");
    sqlx::raw_sql(FILLED).execute(db).await.expect("an open shop");
}

#[sqlx::test(migrations = false)]
async fn migrations_lose_nothing(db: PgPool) {
    open(&db).await;
    let readings = readings(&db).await;
    let before = read(&db, &readings).await;
    assert_eq!(before.len(), FIRST);
    for (table, rows) in &before {
        assert!(rows.is_some(), "{table} has no row to lose");
    }

    for _ in 0..2 {
        domain::database::migrate(&db).await.expect("the others apply, and once is enough");
        assert_eq!(read(&db, &readings).await, before);
    }

    // And the shop goes on: what is due is ended.
    let backend = TestBackend::without_stripe(db);
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let swept = expiration::sweep::sweep(&backend).await.expect("sweeps");
    let paying = expiration::sweep::sweep_payments(&backend).await.expect("sweeps");
    assert_eq!((swept.unpaid, paying.len()), (1, 1));
}

/// But for what is not to be kept: what a handled event said.
#[sqlx::test(migrations = false)]
async fn what_handled_events_said_is_forgotten(db: PgPool) {
    open(&db).await;
    let say = "UPDATE stripe_events SET payload = '{\"last4\": \"4242\"}'";
    sqlx::query(say).execute(&db).await.expect("both say something");
    domain::database::migrate(&db).await.expect("the others apply");
    let left: Vec<String> = sqlx::query_scalar("SELECT id FROM stripe_events WHERE payload LIKE '%4242%'")
        .fetch_all(&db)
        .await
        .expect("reads");
    assert_eq!(left, ["evt_2"], "what is to be handled is still read");
}
