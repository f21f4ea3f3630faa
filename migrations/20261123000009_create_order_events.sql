-- What happened to an order, in the order in which it did. Written in the statement that makes it
-- happen, and never changed.
CREATE TABLE order_events (
    -- Two events of one transaction may share a time: the id tells which came first.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    kind text NOT NULL
        CHECK (kind IN ('locked', 'attempt_opened', 'declined', 'authorised', 'captured', 'completed', 'expired', 'cancelled',
            'cancelled_after_declines', 'locked_again', 'voided', 'refund_started', 'refunded', 'refund_failed')),
    -- Of payments: which attempt it was.
    attempt integer,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX order_events_order_idx ON order_events (order_id, id DESC);

-- What has been written down stays as it was written.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
