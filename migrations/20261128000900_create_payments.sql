-- One attempt to pay for an order: one PaymentIntent at Stripe.
CREATE TABLE payments (
    -- Also names the attempt in the idempotency keys of its calls to Stripe.
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    -- The number of the attempt within its order: 1, 2, 3 …
    attempt integer NOT NULL CHECK (attempt > 0),
    -- A refund may fail at the card's bank days after it was made: from `refund_failed` it is retried.
    status text NOT NULL
        CHECK (status IN ('starting', 'open', 'capturing', 'captured', 'declined', 'cancelled', 'refunding', 'refunded', 'refund_failed')),
    -- Null until Stripe has answered: the row is committed before the call.
    stripe_intent_id text,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency = 'usd'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Also when a sweep last polled the attempt.
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How many times in a row Stripe has refused what the attempt needs, and when it may be tried again. Null: at once.
    refusals integer NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    next_try_at timestamptz,
    -- How many of the refunds at Stripe are known to have failed.
    refund_failures integer NOT NULL DEFAULT 0 CHECK (refund_failures >= 0),
    -- How many idempotency keys for refunds are used up. Stripe repeats its answer to a failed call for a day, so a
    -- retry needs another key.
    refund_keys_used integer NOT NULL DEFAULT 0 CHECK (refund_keys_used >= 0),
    -- How many times Stripe has refused the refund. Each retry is later than the one before; in the end it is left
    -- to the operator.
    refund_refusals integer NOT NULL DEFAULT 0 CHECK (refund_refusals >= 0),
    -- When the refund may be retried. Null: at once.
    refund_due_at timestamptz,
    CONSTRAINT payments_order_attempt_key UNIQUE (order_id, attempt),
    CONSTRAINT payments_stripe_intent_id_key UNIQUE (stripe_intent_id)
);

-- An order has at most one attempt that may still take money: no one pays twice.
CREATE UNIQUE INDEX payments_one_live_per_order ON payments (order_id)
    WHERE status IN ('starting', 'open', 'capturing');
-- The payment sweep.
CREATE INDEX payments_unsettled_idx ON payments (updated_at)
    WHERE status IN ('starting', 'open', 'capturing', 'refunding');
-- Refunds to be retried.
CREATE INDEX payments_refund_failed_idx ON payments (updated_at) WHERE status = 'refund_failed';
