-- One attempt to pay for an order: one PaymentIntent at Stripe.
CREATE TABLE payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    -- 1, 2, 3 …: with the order's id it is the idempotency key at Stripe.
    attempt integer NOT NULL CHECK (attempt > 0),
    status text NOT NULL
        CHECK (status IN ('starting', 'open', 'capturing', 'captured', 'declined', 'cancelled', 'refunding', 'refunded')),
    -- Null until Stripe has answered: the row is committed before the call.
    stripe_intent_id text,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency = 'usd'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT payments_order_attempt_key UNIQUE (order_id, attempt),
    CONSTRAINT payments_stripe_intent_id_key UNIQUE (stripe_intent_id)
);

-- Nobody pays twice: an order has one attempt that may still take money.
CREATE UNIQUE INDEX payments_one_live_per_order ON payments (order_id)
    WHERE status IN ('starting', 'open', 'capturing');
-- What the payment sweep walks.
CREATE INDEX payments_unsettled_idx ON payments (updated_at)
    WHERE status IN ('starting', 'open', 'capturing', 'refunding');
