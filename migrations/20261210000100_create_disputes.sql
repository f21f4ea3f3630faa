-- One dispute of a payment: the buyer's bank asks for the money, or only asks a question about it.
CREATE TABLE disputes (
    -- Names the dispute in the ledger.
    id uuid PRIMARY KEY,
    stripe_dispute_id text NOT NULL,
    payment_id uuid NOT NULL REFERENCES payments,
    -- How much is disputed: seldom another amount than the payment's.
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency = 'usd'),
    -- Stripe's word, such as `fraudulent`.
    reason text NOT NULL CHECK (octet_length(reason) <= 200),
    -- As Stripe names it. It only moves forward, in this order. The first three are inquiries, which move no money.
    status text NOT NULL
        CHECK (status IN ('warning_needs_response', 'warning_under_review', 'warning_closed', 'prevented',
            'needs_response', 'under_review', 'won', 'lost')),
    -- Whether Stripe would still refund the payment.
    is_refundable boolean NOT NULL,
    -- Until when evidence counts; null where the bank takes none.
    evidence_due_at timestamptz,
    -- What Stripe took from the shop, and its fee for that; null until it did. Booked once, as it was heard first.
    withdrawn_cents bigint CHECK (withdrawn_cents > 0),
    fee_cents bigint NOT NULL DEFAULT 0 CHECK (fee_cents >= 0),
    -- What Stripe gave back after the shop had won, and what of its fee; null until it did.
    reinstated_cents bigint CHECK (reinstated_cents > 0),
    fee_returned_cents bigint NOT NULL DEFAULT 0 CHECK (fee_returned_cents >= 0),
    -- When Stripe opened it, and when this shop first heard that it is over.
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    -- When this shop last heard something new of it.
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT disputes_stripe_dispute_id_key UNIQUE (stripe_dispute_id)
);

CREATE INDEX disputes_payment_idx ON disputes (payment_id);
-- The operator's page, the metrics, and how far back the review reads.
CREATE INDEX disputes_open_idx ON disputes (evidence_due_at)
    WHERE status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review');
