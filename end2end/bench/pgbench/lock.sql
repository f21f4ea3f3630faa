-- pgbench: writes the rows of a lock of :tickets tickets, in one statement, without checking anything.
\set buyer random(1, :buyers)
WITH listing AS (
    SELECT bench_id(10 + :tickets::integer, nextval('bench_lock')) AS id
), made AS (
    INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
        section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at)
    SELECT id, bench_id(0, :buyer::bigint), 'created', 1, array_fill(id, ARRAY[:tickets::integer]), 'Benchmark night', 'Harbour Hall', 'Rotterdam',
        now() + interval '90 days', 'Europe/Amsterdam', 'A', '1', array_fill('1'::text, ARRAY[:tickets::integer]), 4950, 4950 * :tickets::integer, 495, 'usd', clock_timestamp()
    FROM listing
    RETURNING id, listing_id, created_at + interval '15 minutes' AS lock_end
), held AS (
    UPDATE tickets t SET order_id = m.id, holder_id = m.id, held_until = m.lock_end, hold_slot = t.position
    FROM made m WHERE t.listing_id = m.listing_id
), logged AS (
    INSERT INTO order_events (order_id, kind) SELECT id, 'locked' FROM made
)
INSERT INTO outbox (id, job, queue, run_at)
SELECT gen_random_uuid(), jsonb_build_object('kind', 'expire_order', 'order_id', id), 'expiry', lock_end FROM made;
