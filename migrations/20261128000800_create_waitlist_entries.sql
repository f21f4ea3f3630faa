-- The waitlist: which buyer gets tickets of a listing next, when a lock ends without a sale.
CREATE TABLE waitlist_entries (
    -- The order of the waitlist. The id is handed out under the listing's row lock, so it is the order of joining.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES listings ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- How many tickets the buyer wants.
    wanted integer NOT NULL CHECK (wanted BETWEEN 1 AND 100),
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A user has one position on a listing's waitlist.
    CONSTRAINT waitlist_entries_one_per_user UNIQUE (listing_id, user_id)
);

-- A listing's waitlist, in order.
CREATE INDEX waitlist_entries_listing_idx ON waitlist_entries (listing_id, id);
-- How many waitlists a user is on.
CREATE INDEX waitlist_entries_user_idx ON waitlist_entries (user_id);
