-- The length of a text is counted in characters as people see them, which PostgreSQL cannot: an emoji of seven code
-- points is one. So the columns bound bytes: 32 for each character of the field's limit.
ALTER TABLE venues
    DROP CONSTRAINT venues_name_check,
    ADD CONSTRAINT venues_name_check CHECK (octet_length(name) BETWEEN 1 AND 3840),
    DROP CONSTRAINT venues_city_check,
    ADD CONSTRAINT venues_city_check CHECK (octet_length(city) BETWEEN 1 AND 2560);

ALTER TABLE events
    DROP CONSTRAINT events_title_check,
    ADD CONSTRAINT events_title_check CHECK (octet_length(title) BETWEEN 1 AND 3840);

ALTER TABLE listings
    DROP CONSTRAINT listings_section_check,
    ADD CONSTRAINT listings_section_check CHECK (octet_length(section) <= 640),
    DROP CONSTRAINT listings_seat_row_check,
    ADD CONSTRAINT listings_seat_row_check CHECK (octet_length(seat_row) <= 640);

ALTER TABLE tickets
    DROP CONSTRAINT tickets_seat_check,
    ADD CONSTRAINT tickets_seat_check CHECK (octet_length(seat) <= 640);
