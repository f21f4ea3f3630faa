ALTER TABLE orders
    DROP CONSTRAINT orders_status_check,
    ADD CONSTRAINT orders_status_check
        CHECK (status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded', 'refund_pending', 'refunded', 'cancelled', 'expired'));

ALTER TABLE order_events
    DROP CONSTRAINT order_events_kind_check,
    ADD CONSTRAINT order_events_kind_check
        CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
            'cancelled_after_declines', 'locked_again', 'voided', 'wrong_amount', 'refund_started', 'partly_refunded', 'refunded', 'refund_failed',
            'refund_settled'));

ALTER TABLE payments
    -- `wrong_amount`: Stripe took another amount than the price, and the operator decides. A refund of a part has statuses of
    -- its own: a worker of the version before this one refunds all that is left of a payment that is `refunding`.
    DROP CONSTRAINT payments_status_check,
    ADD CONSTRAINT payments_status_check
        CHECK (status IN ('starting', 'open', 'capturing', 'captured', 'wrong_amount', 'declined', 'cancelled', 'refunding', 'refunded', 'refund_failed',
            'part_refunding', 'part_refund_failed')),
    -- What Stripe took. Null until then, and where it was the amount of the attempt.
    ADD COLUMN received_cents bigint CHECK (received_cents >= 0),
    -- How much of it has to go back in all, where that is a part: all of it in the statuses of a whole refund. It never
    -- falls: a refund that fails leaves its amount as a debt.
    ADD COLUMN refund_due_cents bigint NOT NULL DEFAULT 0 CHECK (refund_due_cents >= 0);

-- The payment sweep, and refunds to be retried.
DROP INDEX payments_unsettled_idx;
CREATE INDEX payments_unsettled_idx ON payments (updated_at)
    WHERE status IN ('starting', 'open', 'capturing', 'refunding', 'part_refunding');
DROP INDEX payments_refund_failed_idx;
CREATE INDEX payments_refund_failed_idx ON payments (updated_at) WHERE status IN ('refund_failed', 'part_refund_failed');

-- Tickets of which a part was refunded are still the buyer's.
CREATE INDEX orders_counted_with_parts_idx ON orders (buyer_id) INCLUDE (listing_id)
    WHERE status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded');
DROP INDEX orders_counted_idx;

CREATE OR REPLACE FUNCTION event_tickets(buyer uuid, event uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM orders o JOIN listings l ON l.id = o.listing_id JOIN tickets t ON t.order_id = o.id
        WHERE o.buyer_id = buyer AND o.status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded') AND l.event_id = event
            AND (o.status IN ('complete', 'partly_refunded') OR t.held_until > clock_timestamp())
    );
END $$;
