-- The starts that an event had before it was moved to another time.
CREATE TABLE event_moves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL REFERENCES events,
    starts_at timestamptz NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The moves of an event, newest last.
CREATE INDEX event_moves_event_idx ON event_moves (event_id, id);
-- A listing whose seller types the start of before.
CREATE INDEX event_moves_start_idx ON event_moves (starts_at);
