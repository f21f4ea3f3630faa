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
    -- IANA name. The local time at the venue does not follow from `starts_at` alone.
    time_zone text NOT NULL,
    -- Empty where the event has none, as with general admission.
    section text NOT NULL DEFAULT '' CHECK (length(section) <= 20),
    seat_row text NOT NULL DEFAULT '' CHECK (length(seat_row) <= 20),
    seat text NOT NULL DEFAULT '' CHECK (length(seat) <= 20),
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    currency text NOT NULL DEFAULT 'usd' CHECK (currency = 'usd'),
    -- Grows by one with each edit.
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    -- There is no status for a locked ticket: its open order and `orders.expires_at` say whether it is locked.
    status text NOT NULL DEFAULT 'listed' CHECK (status IN ('listed', 'sold', 'withdrawn')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The home page: the tickets on sale, soonest event first.
CREATE INDEX tickets_listed_idx ON tickets (starts_at, id) WHERE status = 'listed';
-- A seller's listings, newest first: ids are UUIDv7 and sort by time.
CREATE INDEX tickets_seller_idx ON tickets (seller_id, id DESC);
