-- When the seller withdrew the ticket, the same for all that were withdrawn together: for some minutes the seller can put
-- them back on sale. Null where that cannot be: an edit has made the listing smaller, or has come after the withdrawal.
ALTER TABLE tickets
    ADD COLUMN withdrawn_at timestamptz,
    ADD CONSTRAINT tickets_withdrawn_at_check CHECK (withdrawn_at IS NULL OR status = 'withdrawn');

CREATE OR REPLACE VIEW listing_tickets AS
    SELECT listing_id, jsonb_agg(
        jsonb_build_object(
            'id', id, 'seat', seat, 'status', status, 'order_id', order_id, 'holder_id', holder_id,
            'held_until', held_until, 'has_payment', has_payment, 'withdrawn_at', withdrawn_at
        ) ORDER BY position, id
    ) AS tickets
    FROM tickets GROUP BY listing_id;
