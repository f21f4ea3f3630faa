-- When the buyer returned the tickets, within minutes of the purchase: they are on sale again, and all of the money goes
-- back. Null for all other orders. Since then no ticket names the order.
ALTER TABLE orders ADD COLUMN returned_at timestamptz;

CREATE INDEX orders_returned_of_listing_idx ON orders (listing_id) WHERE returned_at IS NOT NULL;
-- How many a buyer has returned of late.
CREATE INDEX orders_returned_idx ON orders (buyer_id, returned_at) WHERE returned_at IS NOT NULL;

ALTER TABLE order_events
    DROP CONSTRAINT order_events_kind_check,
    ADD CONSTRAINT order_events_kind_check CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
        'cancelled_after_declines', 'locked_again', 'voided', 'wrong_amount', 'refund_started', 'partly_refunded', 'refunded', 'refund_failed', 'refund_settled',
        'disputed', 'dispute_won', 'dispute_lost', 'dispute_ended', 'handed_in', 'opened', 'not_delivered', 'given', 'gift_opened', 'returned'));
