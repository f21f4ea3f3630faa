-- The address of a venue's page ends with the last 12 digits of its id, as that of an event's does.
CREATE UNIQUE INDEX venues_address_key ON venues (right(id::text, 12));
-- Suggestions: the cities and venues whose names begin with what is typed.
CREATE INDEX venues_city_prefix_idx ON venues (city_key text_pattern_ops);
CREATE INDEX venues_name_prefix_idx ON venues (name_key text_pattern_ops);
-- The events to come at a venue.
CREATE INDEX events_venue_start_idx ON events (venue_id, starts_at, id);
