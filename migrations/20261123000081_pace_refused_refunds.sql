-- A refund that Stripe refuses is asked for ever later, and in the end by a person.
ALTER TABLE payments
    -- How often Stripe has refused it.
    ADD COLUMN refund_refusals integer NOT NULL DEFAULT 0 CHECK (refund_refusals >= 0),
    -- When it may be asked for again; null: at once.
    ADD COLUMN refund_due_at timestamptz;
