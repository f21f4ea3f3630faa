-- An event at a venue. It is one row, however many users list tickets for it, and it does not change: a listing that
-- is edited to another title, venue or start is a listing for another event.
CREATE TABLE events (
    id uuid PRIMARY KEY,
    venue_id uuid NOT NULL REFERENCES venues,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    -- The title without case, accents and punctuation.
    title_key text NOT NULL,
    category text NOT NULL
        CHECK (category IN ('concert', 'sports', 'theatre', 'festival', 'comedy', 'other')),
    -- The time on the clocks of the venue, as the ticket shows it.
    starts_local timestamp NOT NULL,
    -- The same as an instant.
    starts_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_venue_start_title_key UNIQUE (venue_id, starts_local, title_key)
);
