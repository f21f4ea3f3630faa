-- Stripe's webhook events, stored before they are acknowledged.
CREATE TABLE stripe_events (
    -- Stripe's own id: a repeated delivery meets the primary key.
    id text PRIMARY KEY,
    type text NOT NULL,
    -- As received, byte for byte: what a later version can read, this one must not lose.
    payload text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    handled_at timestamptz
);

CREATE INDEX stripe_events_unhandled_idx ON stripe_events (received_at) WHERE handled_at IS NULL;
