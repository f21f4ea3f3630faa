-- Each balance transaction at Stripe: a movement of money into or out of the shop's balance there. Stripe's never change, so
-- rows are only added. The reconciliation compares them with the ledger.
CREATE TABLE stripe_movements (
    -- Stripe's id.
    id text PRIMARY KEY,
    -- What moved the money. The first five are sources of the ledger. `stripe_fee`: a fee of Stripe's that belongs to none of
    -- these. `bank`: between the balance and the shop's own bank account, which is not in the ledger. `other`: anything else.
    moved text NOT NULL
        CHECK (moved IN ('capture', 'refund', 'refund_failure', 'dispute', 'dispute_reinstated', 'stripe_fee', 'bank', 'other')),
    -- Stripe's word, such as `charge`.
    kind text NOT NULL CHECK (octet_length(kind) <= 200),
    -- The charge, the refund or the dispute, and its intent; null where Stripe names none.
    stripe_source_id text,
    stripe_intent_id text,
    -- In the smallest unit of the currency: positive for what entered the balance. Stripe's fee is not taken off.
    amount_cents bigint NOT NULL,
    fee_cents bigint NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    moved_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The movements of a day.
CREATE INDEX stripe_movements_moved_at_idx ON stripe_movements (moved_at);
-- The movements of a capture, and of a refund or dispute.
CREATE INDEX stripe_movements_intent_idx ON stripe_movements (stripe_intent_id) WHERE moved = 'capture';
CREATE INDEX stripe_movements_source_idx ON stripe_movements (stripe_source_id) WHERE moved <> 'capture';
