-- The data of make bench: psql -v buyers=… -v one=… and so on. Ids are numbers, so that wrk and pgbench can name a row
-- without reading it: bench_id(kind, number).
CREATE FUNCTION bench_id(kind integer, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;

-- No one signs in with this hash. The token of buyer 1 is 63 zeros and a 1.
INSERT INTO users (id, email, password_hash)
    SELECT bench_id(0, n), n || '@buyers.example', 'none' FROM generate_series(0, :buyers) n;
-- A buyer has opened a page a moment before, so that no session has to be stored again during the measurements.
INSERT INTO sessions (token_hash, user_id, last_seen_at, expires_at)
    SELECT sha256(convert_to(lpad(to_hex(n), 64, '0'), 'UTF8')), bench_id(0, n), now() + interval '1 hour', now() + interval '30 days'
    FROM generate_series(1, :buyers) n;

INSERT INTO venues (id, name, city, name_key, city_key, time_zone)
    VALUES (bench_id(0, 0), 'Harbour Hall', 'Rotterdam', 'harbour hall', 'rotterdam', 'Europe/Amsterdam');
INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
    SELECT bench_id(0, 0), bench_id(0, 0), 'Benchmark night', 'benchmark night', 'concert', at, at AT TIME ZONE 'Europe/Amsterdam'
    FROM (SELECT date_trunc('day', localtimestamp) + interval '90 days 20 hours' AS at) start;

-- Kind, number of listings and tickets of each. The server's come first on the home page.
CREATE TEMP TABLE kinds (kind, listings, tickets) AS
    VALUES (1, :one, 1), (2, :two, 2), (3, 1, 1), (11, :reference_one, 1), (12, :reference_two, 2);
INSERT INTO listings (id, event_id, seller_id, section, seat_row, price_cents)
    SELECT bench_id(kind, n), bench_id(0, 0), bench_id(0, 0), 'A', '1', 4950 FROM kinds, generate_series(1, listings) n;
INSERT INTO tickets (listing_id, position, seat, starts_at)
    SELECT bench_id(kind, n), place, place::text, e.starts_at
    FROM kinds, generate_series(1, listings) n, generate_series(1, tickets) place, events e;
-- Each buyer has cancelled an order before. Plans that are made for an empty table stay until autovacuum comes, within a minute.
INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone, section, seat_row,
        seats, ticket_price_cents, price_cents, fee_cents, currency, created_at, ended_at, lock_end)
    SELECT bench_id(12, n % :reference_two + 1), bench_id(0, n), 'cancelled', 1, ARRAY[bench_id(12, n)], 'Benchmark night', 'Harbour Hall', 'Rotterdam',
        now() + interval '90 days', 'Europe/Amsterdam', 'A', '1', ARRAY['1'], 4950, 4950, 495, 'usd', now() - interval '1 day', now() - interval '1 day', now() - interval '1 day'
    FROM generate_series(1, :buyers) n;
-- Which listing pgbench takes next
CREATE SEQUENCE bench_lock;
CREATE SEQUENCE bench_cancel;
VACUUM ANALYZE users, sessions, venues, events, listings, tickets, orders;
