-- The prices of a listing, each from when it is: rows are added and never changed. The last one is the present price.
CREATE TABLE listing_prices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES listings,
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX listing_prices_listing_idx ON listing_prices (listing_id, id);

-- Earlier changes are not known.
INSERT INTO listing_prices (listing_id, price_cents, since)
SELECT id, price_cents, created_at FROM listings ORDER BY id;

CREATE TRIGGER listing_prices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON listing_prices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Triggers, so that no statement can change a price and forget its row, whichever version of the server it is of.
CREATE FUNCTION note_listing_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO listing_prices (listing_id, price_cents) VALUES (NEW.id, NEW.price_cents);
    RETURN NULL;
END $$;

CREATE TRIGGER listings_note_first_price AFTER INSERT ON listings
    FOR EACH ROW EXECUTE FUNCTION note_listing_price();
CREATE TRIGGER listings_note_price AFTER UPDATE OF price_cents ON listings
    FOR EACH ROW WHEN (OLD.price_cents <> NEW.price_cents) EXECUTE FUNCTION note_listing_price();
