-- How often the page of a listing was opened, by the day of UTC. Nothing of the readers is stored.
CREATE TABLE listing_views (
    listing_id uuid NOT NULL REFERENCES listings,
    day date NOT NULL,
    views bigint NOT NULL CHECK (views > 0),
    PRIMARY KEY (listing_id, day)
);

-- Purging.
CREATE INDEX listing_views_day_idx ON listing_views (day);
