-- One refund of a payment: a refund at Stripe, or a debt that the operator has settled in another way.
CREATE TABLE refunds (
    -- Names the refund in the ledger.
    id uuid PRIMARY KEY,
    -- Stripe's id; null for what was settled in another way.
    stripe_refund_id text,
    payment_id uuid NOT NULL REFERENCES payments,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency = 'usd'),
    -- It only moves forward: `pending`, `succeeded`, `failed`. Card refunds succeed at once and may fail days later.
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    -- `undeliverable`: this shop refunded what it could not deliver. `retry`: this shop repeated a refund that had failed.
    -- `operator`: made at Stripe. `settled`: paid back in another way, `settled_by` says how.
    cause text NOT NULL CHECK (cause IN ('undeliverable', 'retry', 'operator', 'settled')),
    settled_by text CHECK (length(settled_by) BETWEEN 1 AND 200),
    -- Booked in one transfer with the payment's other refunds, by a version that did not know single refunds.
    is_booked_with_payment boolean NOT NULL DEFAULT false,
    -- When Stripe made it.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When this shop last heard something new of it.
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT refunds_stripe_refund_id_key UNIQUE (stripe_refund_id),
    CONSTRAINT refunds_settled_check CHECK ((cause = 'settled') = (stripe_refund_id IS NULL) AND (cause = 'settled') = (settled_by IS NOT NULL))
);

CREATE INDEX refunds_payment_idx ON refunds (payment_id);
