-- pgbench: writes the rows of a cancelled lock of one ticket, in one statement, without checking anything.
WITH held AS MATERIALIZED (
    SELECT id, order_id, held_until FROM tickets WHERE listing_id = (SELECT bench_id(11, nextval('bench_cancel')))
), ended AS (
    UPDATE orders o SET status = 'cancelled', ended_at = clock_timestamp(), lock_end = h.held_until
    FROM held h WHERE o.id = h.order_id
), freed AS (
    UPDATE tickets t SET order_id = NULL, holder_id = NULL, held_until = NULL, hold_slot = NULL FROM held h WHERE t.id = h.id
)
INSERT INTO order_events (order_id, kind) SELECT order_id, 'cancelled' FROM held;
