-- A refund may fail at the card's bank, days later: a state of its own, from which it is tried again.
ALTER TABLE payments
    DROP CONSTRAINT payments_status_check,
    ADD CONSTRAINT payments_status_check
        CHECK (status IN ('starting', 'open', 'capturing', 'captured', 'declined', 'cancelled', 'refunding', 'refunded', 'refund_failed')),
    -- How many of the refunds at Stripe are known to have failed.
    ADD COLUMN refund_failures integer NOT NULL DEFAULT 0 CHECK (refund_failures >= 0),
    -- How many idempotency keys of refunds have been used up: a failed call is answered the same for a day.
    ADD COLUMN refund_keys_used integer NOT NULL DEFAULT 0 CHECK (refund_keys_used >= 0);

-- Refunds to be tried again.
CREATE INDEX payments_refund_failed_idx ON payments (updated_at) WHERE status = 'refund_failed';
