-- A place where events happen.
CREATE TABLE venues (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    city text NOT NULL CHECK (length(city) BETWEEN 1 AND 80),
    -- Name and city without case, accents and punctuation: the same venue, however it is typed.
    name_key text NOT NULL,
    city_key text NOT NULL,
    -- IANA name. The local time at the venue does not follow from an instant alone.
    time_zone text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT venues_name_city_key UNIQUE (name_key, city_key)
);
