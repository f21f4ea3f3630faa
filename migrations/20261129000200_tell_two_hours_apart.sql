-- On the night when clocks go back, an hour comes twice, and two events of one title may start at the same time on the
-- clocks. Until now the first was meant.
ALTER TABLE events
    ADD COLUMN is_second_hour boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT events_venue_start_title_key,
    ADD CONSTRAINT events_venue_start_title_key UNIQUE (venue_id, starts_local, is_second_hour, title_key);
