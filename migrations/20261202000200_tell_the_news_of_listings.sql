-- When the listing was last news for those who watch its event: when it was made, became cheaper or moved to the event.
-- Of listings from before this migration it is not known, and no one watches them yet.
ALTER TABLE listings ADD COLUMN news_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE listings ALTER COLUMN news_at SET DEFAULT clock_timestamp();

-- What is new at an event.
CREATE INDEX listings_event_news_idx ON listings (event_id, news_at);

CREATE FUNCTION note_listing_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.news_at := clock_timestamp();
    RETURN NEW;
END $$;

-- A trigger, so that no statement can change a price and forget it, whichever version of the server it is of.
CREATE TRIGGER listings_note_news BEFORE UPDATE OF price_cents, event_id ON listings
    FOR EACH ROW WHEN (NEW.price_cents < OLD.price_cents OR NEW.event_id <> OLD.event_id) EXECUTE FUNCTION note_listing_news();
