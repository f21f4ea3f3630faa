-- pgbench: reads the rows of a refused lock: session, buyer, listing and ticket.
\set buyer random(1, :buyers)
SELECT s.expires_at, u.deleted_at, l.version, l.price_cents, t.status, t.order_id, t.held_until
FROM sessions s JOIN users u ON u.id = s.user_id, listings l JOIN tickets t ON t.listing_id = l.id
WHERE s.token_hash = sha256(convert_to(lpad(to_hex(:buyer::bigint), 64, '0'), 'UTF8')) AND l.id = bench_id(3, 1);
