-- Stripe's webhook events, stored before they are acknowledged.
CREATE TABLE stripe_events (
    -- Stripe's own id: the primary key refuses an event that is delivered again.
    id text PRIMARY KEY,
    type text NOT NULL,
    -- As received, byte for byte, because a later version may read what this one cannot. It becomes '{}' once the
    -- event is handled: it has personal data of the card's owner, and nothing reads it after that.
    payload text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    handled_at timestamptz,
    -- How many times the sweep has tried to handle the event, and when it tries next. An event that keeps failing
    -- is retried with backoff, and after those that were tried less. For the first half minute it is left to its job.
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    next_try_at timestamptz NOT NULL DEFAULT now() + interval '30 seconds'
);

-- How long the oldest event has waited.
CREATE INDEX stripe_events_unhandled_idx ON stripe_events (received_at) WHERE handled_at IS NULL;
-- Purging, every minute, the events that were handled longest ago.
CREATE INDEX stripe_events_handled_idx ON stripe_events (handled_at) WHERE handled_at IS NOT NULL;
-- The sweep: events that are due, least tried first.
CREATE INDEX stripe_events_due_idx ON stripe_events (tries, next_try_at) WHERE handled_at IS NULL;
