-- One seat at one event, offered by one seller.
CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    seller_id uuid NOT NULL REFERENCES users,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    category text NOT NULL
        CHECK (category IN ('concert', 'sports', 'theatre', 'festival', 'comedy', 'other')),
    venue text NOT NULL CHECK (length(venue) BETWEEN 1 AND 120),
    city text NOT NULL CHECK (length(city) BETWEEN 1 AND 80),
    starts_at timestamptz NOT NULL,
    -- IANA name: the wall clock of the venue cannot be told from the instant alone.
    time_zone text NOT NULL,
    -- Empty where the event has none, as with general admission.
    section text NOT NULL DEFAULT '' CHECK (length(section) <= 20),
    seat_row text NOT NULL DEFAULT '' CHECK (length(seat_row) <= 20),
    seat text NOT NULL DEFAULT '' CHECK (length(seat) <= 20),
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    currency text NOT NULL DEFAULT 'usd' CHECK (currency = 'usd'),
    -- Grows by one with each edit.
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    -- Locked is not here: it is derived from the ticket's active order and its end.
    status text NOT NULL DEFAULT 'listed' CHECK (status IN ('listed', 'sold', 'withdrawn')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is on sale, soonest first: the home page walks this.
CREATE INDEX tickets_listed_idx ON tickets (starts_at, id) WHERE status = 'listed';
-- My listings, newest first: ids are UUIDv7, so they sort by time.
CREATE INDEX tickets_seller_idx ON tickets (seller_id, id DESC);
