-- The price of a listing that falls by itself: by a step after each interval, and not below a floor. The row goes when
-- the last step is done, and when the price can no longer change.
CREATE TABLE price_schedules (
    listing_id uuid PRIMARY KEY REFERENCES listings,
    -- The version of the listing that the schedule was set with or has made. An edit that does not know of the schedule,
    -- of a server of the previous version, leaves another one behind, and so ends it.
    listing_version integer NOT NULL CHECK (listing_version > 0),
    -- The price from which it falls.
    first_price_cents bigint NOT NULL CHECK (first_price_cents BETWEEN 50 AND 10000000),
    step_cents bigint NOT NULL CHECK (step_cents BETWEEN 50 AND 10000000),
    floor_cents bigint NOT NULL CHECK (floor_cents BETWEEN 50 AND 10000000),
    every_hours integer NOT NULL CHECK (every_hours BETWEEN 1 AND 168),
    -- Step n is due n intervals later.
    began_at timestamptz NOT NULL,
    -- When the sweep looks at it next: when a step is due, or a little later while a ticket is locked.
    look_at timestamptz NOT NULL,
    CONSTRAINT price_schedules_falls_check CHECK (floor_cents < first_price_cents)
);

-- The sweep: most overdue first.
CREATE INDEX price_schedules_look_at_idx ON price_schedules (look_at);
