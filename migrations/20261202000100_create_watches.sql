-- What users want to be told about: an event, an event under a price, or one listing.
CREATE TABLE watches (
    id uuid PRIMARY KEY DEFAULT uuid_by_clock(),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- One of the two.
    event_id uuid REFERENCES events ON DELETE CASCADE,
    listing_id uuid REFERENCES listings ON DELETE CASCADE,
    -- The highest price of one ticket that is told, for an event. Null for any price.
    under_cents bigint CHECK (under_cents BETWEEN 50 AND 10000000),
    -- Whether news is mailed at once; otherwise it waits for the digest.
    at_once boolean NOT NULL,
    -- The start of the event, copied for the purge. A listing that moves to another event moves it.
    starts_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    -- Before that there is no mail: the next digest, or the end of the pause after a mail that was sent at once.
    due_at timestamptz NOT NULL,
    -- News after `told_from` and until `told_until` is in the mail `mail_id`. Later news is not told yet.
    told_from timestamptz NOT NULL DEFAULT statement_timestamp(),
    told_until timestamptz NOT NULL DEFAULT statement_timestamp(),
    -- The mail that is on its way. Null once it has left. If it is lost, the next mail tells its news too.
    mail_id uuid,
    CONSTRAINT watches_target_check CHECK ((event_id IS NULL) <> (listing_id IS NULL) AND (event_id IS NOT NULL OR under_cents IS NULL)),
    CONSTRAINT watches_told_check CHECK (told_from <= told_until),
    -- A user watches a thing once. The keys also find all that a user watches.
    CONSTRAINT watches_event_key UNIQUE (user_id, event_id),
    CONSTRAINT watches_listing_key UNIQUE (user_id, listing_id)
);

-- The sweep: what may be told at once, and the digests that are due.
CREATE INDEX watches_at_once_idx ON watches (due_at) WHERE at_once;
CREATE INDEX watches_digest_idx ON watches (due_at) WHERE NOT at_once;
-- A mail that is being sent.
CREATE INDEX watches_mail_idx ON watches (mail_id) WHERE mail_id IS NOT NULL;
-- A listing that moves to another event.
CREATE INDEX watches_moved_idx ON watches (listing_id) WHERE listing_id IS NOT NULL;
-- Purging the watches of events that have started.
CREATE INDEX watches_starts_at_idx ON watches (starts_at);

CREATE FUNCTION move_watches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE watches SET starts_at = (SELECT starts_at FROM events WHERE id = NEW.event_id) WHERE listing_id = NEW.id;
    RETURN NULL;
END $$;

-- A trigger, so that no statement can move a listing and forget its watches, whichever version of the server it is of.
CREATE TRIGGER listings_move_watches AFTER UPDATE OF event_id ON listings
    FOR EACH ROW WHEN (OLD.event_id <> NEW.event_id) EXECUTE FUNCTION move_watches();
