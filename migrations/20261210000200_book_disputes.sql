ALTER TABLE ledger_entries
    -- `dispute`: what Stripe took for the dispute with this id. `dispute_reinstated`: what it gave back. `dispute_fee` and
    -- `dispute_fee_returned`: Stripe's own fee for it, which the shop bears.
    DROP CONSTRAINT ledger_entries_source_check,
    ADD CONSTRAINT ledger_entries_source_check CHECK (source IN ('capture', 'refund', 'refund_failure', 'payment_refund',
        'dispute', 'dispute_reinstated', 'dispute_fee', 'dispute_fee_returned')),
    DROP CONSTRAINT ledger_entries_kind_check,
    ADD CONSTRAINT ledger_entries_kind_check
        CHECK (kind IN ('capture', 'refund', 'refund_failed', 'dispute', 'dispute_reinstated', 'dispute_fee')),
    -- `stripe_fees`: what Stripe earns.
    DROP CONSTRAINT ledger_entries_account_check,
    ADD CONSTRAINT ledger_entries_account_check CHECK (account IN ('buyer', 'seller', 'platform', 'stripe_fees')),
    DROP CONSTRAINT ledger_entries_owner_check,
    ADD CONSTRAINT ledger_entries_owner_check CHECK ((account IN ('platform', 'stripe_fees')) = (user_id IS NULL));

ALTER TABLE order_events
    DROP CONSTRAINT order_events_kind_check,
    ADD CONSTRAINT order_events_kind_check
        CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
            'cancelled_after_declines', 'locked_again', 'voided', 'wrong_amount', 'refund_started', 'partly_refunded', 'refunded', 'refund_failed',
            'refund_settled', 'disputed', 'dispute_won', 'dispute_lost', 'dispute_ended'));
