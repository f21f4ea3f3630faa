-- Whether the ticket has a deliverable. It changes with that row, in one statement: pages and the lock read the ticket
-- alone.
ALTER TABLE tickets ADD COLUMN is_in_hand boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW listing_tickets AS
    SELECT listing_id, jsonb_agg(
        jsonb_build_object(
            'id', id, 'seat', seat, 'status', status, 'order_id', order_id, 'holder_id', holder_id,
            'held_until', held_until, 'has_payment', has_payment, 'withdrawn_at', withdrawn_at, 'is_in_hand', is_in_hand
        ) ORDER BY position, id
    ) AS tickets
    FROM tickets GROUP BY listing_id;
