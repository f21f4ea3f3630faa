-- The timeline of an order: what happened to it, in order. An event is written by the statement that makes it happen,
-- and never changes.
CREATE TABLE order_events (
    -- The order of events: two of one transaction may have the same time.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    kind text NOT NULL
        CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
            'cancelled_after_declines', 'locked_again', 'voided', 'refund_started', 'refunded', 'refund_failed')),
    -- The number of the attempt, where the event is about a payment.
    attempt integer,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX order_events_order_idx ON order_events (order_id, id DESC);

-- For tables whose rows are added and never changed; `ledger_entries` is another.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
