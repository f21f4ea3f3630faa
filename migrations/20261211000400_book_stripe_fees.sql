-- Stripe's own fee is booked once by the balance transaction that it belongs to, from the platform to `stripe_fees`. That names
-- the payment, if there is one. The entry does not: what seller and platform have of a payment is the sum of its entries, also
-- for a worker of the version before this one.
ALTER TABLE ledger_entries
    ALTER COLUMN order_id DROP NOT NULL,
    ALTER COLUMN payment_id DROP NOT NULL,
    ADD CONSTRAINT ledger_entries_payment_check
        CHECK ((source = 'stripe_fee') = (order_id IS NULL) AND (source = 'stripe_fee') = (payment_id IS NULL)),
    DROP CONSTRAINT ledger_entries_source_check,
    ADD CONSTRAINT ledger_entries_source_check CHECK (source IN ('capture', 'refund', 'refund_failure', 'payment_refund',
        'dispute', 'dispute_reinstated', 'dispute_fee', 'dispute_fee_returned', 'stripe_fee')),
    DROP CONSTRAINT ledger_entries_kind_check,
    ADD CONSTRAINT ledger_entries_kind_check
        CHECK (kind IN ('capture', 'refund', 'refund_failed', 'dispute', 'dispute_reinstated', 'dispute_fee', 'stripe_fee'));

-- What was booked on a day, to be looked for at Stripe.
CREATE INDEX ledger_entries_booked_idx ON ledger_entries (created_at) WHERE account = 'buyer';
