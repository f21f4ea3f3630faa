-- The address of an event's page ends with the last 12 digits of its id: 48 random bits. No two events share them.
CREATE UNIQUE INDEX events_address_key ON events (right(id::text, 12));
-- The listings of an event, cheapest first.
CREATE INDEX listings_event_idx ON listings (event_id, price_cents, id);
