-- A listing to which a ticket was refused because another listing of the event has its code or file: both are for the
-- operator to look at. The sellers are told of neither.
CREATE TABLE refused_twins (
    listing_id uuid NOT NULL REFERENCES listings,
    other_listing_id uuid NOT NULL REFERENCES listings,
    times int NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (listing_id, other_listing_id),
    CONSTRAINT refused_twins_other_check CHECK (listing_id <> other_listing_id)
);

CREATE INDEX refused_twins_last_at_idx ON refused_twins (last_at DESC);
CREATE INDEX refused_twins_other_idx ON refused_twins (other_listing_id);
