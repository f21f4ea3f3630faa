-- A million tickets: 100,000 events in 100 cities over five months, each with five listings of two tickets, by 20,000
-- sellers. For make seed-large and make bench-pages. It may run once.
INSERT INTO users (id, email, password_hash)
    SELECT uuid_by_clock(), n || '@sellers.example', 'none' FROM generate_series(1, 20000) n;

CREATE TEMP TABLE words (word, place) AS
    SELECT * FROM unnest(ARRAY['Silver', 'Midnight', 'Paper', 'Northern', 'Velvet', 'Hollow', 'Golden', 'Electric', 'Quiet', 'Crimson',
        'Distant', 'Wooden', 'Broken', 'Summer', 'Winter', 'Marble', 'Copper', 'Hidden', 'Burning', 'Frozen']) WITH ORDINALITY AS w (word, place);
CREATE TEMP TABLE nouns (word, place) AS
    SELECT * FROM unnest(ARRAY['Rivers', 'Lanterns', 'Wolves', 'Gardens', 'Engines', 'Shadows', 'Sparrows', 'Harbours', 'Mirrors', 'Signals',
        'Orchards', 'Bridges', 'Comets', 'Islands', 'Letters', 'Machines', 'Mountains', 'Pilots', 'Queens', 'Tides']) WITH ORDINALITY AS w (word, place);

INSERT INTO venues (id, name, city, name_key, city_key, time_zone)
    SELECT uuid_by_clock(), 'Stage ' || n, 'Newtown ' || n % 100, 'stage ' || n, 'newtown ' || n % 100, 'Europe/Berlin'
    FROM generate_series(1, 2000) n;

-- "The Silver Rivers 17"
INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
    SELECT uuid_by_clock(), v.id, t.title, lower(t.title), (ARRAY['concert', 'sports', 'theatre', 'festival', 'comedy', 'other'])[n % 6 + 1],
        at, at AT TIME ZONE 'Europe/Berlin'
    FROM generate_series(1, 100000) n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM venues WHERE name LIKE 'Stage %') v ON v.place = n % 2000 + 1
    JOIN words w ON w.place = n % 20 + 1
    JOIN nouns o ON o.place = n / 20 % 20 + 1
    CROSS JOIN LATERAL (SELECT 'The ' || w.word || ' ' || o.word || ' ' || n / 400 AS title) t
    CROSS JOIN LATERAL (SELECT date_trunc('hour', localtimestamp) + interval '1 day' + n % 3600 * interval '1 hour' AS at) s;

INSERT INTO listings (event_id, seller_id, section, seat_row, price_cents, face_value_cents)
    SELECT e.id, u.id, 'A', place::text, 2000 + (e.n * 37 + place * 411) % 9000, 5000
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM events WHERE title LIKE 'The %' AND venue_id IN (SELECT id FROM venues WHERE name LIKE 'Stage %')) e
    CROSS JOIN generate_series(1, 5) place
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE email LIKE '%@sellers.example') u ON u.n = (e.n * 5 + place) % 20000 + 1;

INSERT INTO tickets (listing_id, position, seat, starts_at)
    SELECT l.id, seat, seat::text, e.starts_at
    FROM listings l JOIN users u ON u.id = l.seller_id AND u.email LIKE '%@sellers.example' JOIN events e ON e.id = l.event_id
    CROSS JOIN generate_series(1, 2) seat;

VACUUM ANALYZE users, venues, events, event_words, listings, listing_prices, tickets;
