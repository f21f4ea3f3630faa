-- An event can be called off. Its page stays, and nothing of it is for sale from then on.
ALTER TABLE events
    ADD COLUMN cancelled_at timestamptz,
    -- When its tickets can no longer be bought. `tickets.starts_at` is a copy of it.
    ADD COLUMN sale_ends_at timestamptz NOT NULL GENERATED ALWAYS AS (least(starts_at, cancelled_at)) STORED;

-- The watches of a listing end with the sale of its event.
CREATE OR REPLACE FUNCTION move_watches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE watches SET starts_at = (SELECT sale_ends_at FROM events WHERE id = NEW.event_id) WHERE listing_id = NEW.id;
    RETURN NULL;
END $$;
