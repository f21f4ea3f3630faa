-- How often the sweep has taken an event up, and when it does so next: one that keeps failing comes up
-- ever later, and behind those that have not been tried. Until the first time the queue has its turn.
-- `now()` and not `clock_timestamp()`: a default that is the same for every row rewrites none of them.
ALTER TABLE stripe_events
    ADD COLUMN tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now() + interval '30 seconds';

CREATE INDEX stripe_events_due_idx ON stripe_events (tries, next_try_at) WHERE handled_at IS NULL;
