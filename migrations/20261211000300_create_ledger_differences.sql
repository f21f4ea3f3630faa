-- A difference between Stripe's balance transactions and the ledger, as the reconciliation found it.
CREATE TABLE ledger_differences (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Names the movement: Stripe's id of it, or the source and source id in the ledger.
    movement text NOT NULL,
    -- `unbooked`: Stripe has it, the ledger has not. `not_at_stripe`: the other way round. `other_amount`: both have it, with
    -- another amount or another fee.
    what text NOT NULL CHECK (what IN ('unbooked', 'not_at_stripe', 'other_amount')),
    -- As in `stripe_movements`.
    moved text NOT NULL,
    kind text,
    stripe_source_id text,
    stripe_intent_id text,
    -- Null if no payment here has the intent.
    payment_id uuid REFERENCES payments,
    -- What entered Stripe's balance and what is booked, and the same of Stripe's fee.
    stripe_cents bigint NOT NULL,
    booked_cents bigint NOT NULL,
    stripe_fee_cents bigint NOT NULL,
    booked_fee_cents bigint NOT NULL,
    -- When the money moved, or when it was booked if Stripe does not have it.
    moved_at timestamptz NOT NULL,
    -- When it was found first and last, and since when it is gone.
    found_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    -- Why an operator has closed it although it differs.
    accepted_because text CHECK (length(accepted_because) BETWEEN 1 AND 200),
    CONSTRAINT ledger_differences_movement_key UNIQUE (movement)
);

-- The doctor, the metric, and how far back the reconciliation reads.
CREATE INDEX ledger_differences_open_idx ON ledger_differences (moved_at) WHERE closed_at IS NULL;
