ALTER TABLE order_events
    DROP CONSTRAINT order_events_kind_check,
    ADD CONSTRAINT order_events_kind_check CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
        'cancelled_after_declines', 'locked_again', 'voided', 'wrong_amount', 'refund_started', 'partly_refunded', 'refunded', 'refund_failed', 'refund_settled',
        'disputed', 'dispute_won', 'dispute_lost', 'dispute_ended', 'handed_in', 'opened', 'not_delivered', 'given', 'gift_opened'));
