-- The events that sold most tickets of late. A worker writes the rows anew every minute, so that the home page does not
-- add up sales.
CREATE TABLE event_sales (
    event_id uuid PRIMARY KEY REFERENCES events,
    -- Tickets that were sold within the 24 hours before `counted_at`.
    sold bigint NOT NULL CHECK (sold > 0),
    counted_at timestamptz NOT NULL
);
