-- Early fraud warnings: a card's network says that a payment may be fraud. A dispute often follows within weeks.
CREATE TABLE fraud_warnings (
    stripe_warning_id text PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments,
    -- Stripe's word, such as `made_with_stolen_card`.
    kind text NOT NULL CHECK (octet_length(kind) <= 200),
    -- Whether a refund could still prevent a dispute when this shop last heard of it.
    is_actionable boolean NOT NULL,
    -- When Stripe made it, and when this shop last heard something new of it.
    made_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX fraud_warnings_payment_idx ON fraud_warnings (payment_id);
-- Those of the last weeks.
CREATE INDEX fraud_warnings_made_at_idx ON fraud_warnings (made_at);
