-- Search. The words of an event are those of its title, its venue and its city, folded, and one row here for each
-- different word finds what a misspelt one means.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The words of folded names. Letters that are no letters with an accent become what people type for them, as by `latin`
-- in domain/src/catalogue/slug.rs.
CREATE FUNCTION search_words(keys text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_remove(string_to_array(
        translate(replace(replace(replace(replace(keys, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øłđðı', 'olddi'), ' '
    ), '')
$$;

CREATE TABLE event_words (
    -- In the order of its bytes, in which the words with a prefix are a range.
    word text COLLATE "C" PRIMARY KEY
);

ALTER TABLE events ADD COLUMN words tsvector NOT NULL DEFAULT '';

UPDATE events e SET words = array_to_tsvector(search_words(e.title_key || ' ' || v.name_key || ' ' || v.city_key))
FROM venues v WHERE v.id = e.venue_id;

-- Shorter words have too few trigrams to be compared, and longer ones are no words.
INSERT INTO event_words
SELECT DISTINCT w FROM events, unnest(tsvector_to_array(words)) w WHERE length(w) BETWEEN 3 AND 40;

-- Triggers, so that an event has its words whichever version of the server makes it.
CREATE FUNCTION set_event_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := coalesce((
        SELECT array_to_tsvector(search_words(NEW.title_key || ' ' || v.name_key || ' ' || v.city_key))
        FROM venues v WHERE v.id = NEW.venue_id
    ), '');
    RETURN NEW;
END $$;

CREATE TRIGGER events_set_words BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION set_event_words();

CREATE FUNCTION note_event_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In order, so that two events with the same new words do not wait for each other.
    INSERT INTO event_words
    SELECT w FROM unnest(tsvector_to_array(NEW.words)) w WHERE length(w) BETWEEN 3 AND 40 ORDER BY w COLLATE "C"
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER events_note_words AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note_event_words();

CREATE INDEX event_words_trigram_idx ON event_words USING gin (word gin_trgm_ops);
CREATE INDEX events_words_idx ON events USING gin (words);
-- Search without words, or with one that very many events have: soonest first.
CREATE INDEX events_start_idx ON events (starts_at, id);
