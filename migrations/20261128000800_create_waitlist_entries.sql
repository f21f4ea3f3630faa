-- The waitlist: who gets a locked ticket next, if its buyer does not pay for it.
CREATE TABLE waitlist_entries (
    -- The order of the waitlist. The id is handed out under the ticket's row lock, so it is the order of joining.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A user has one position on a ticket's waitlist.
    CONSTRAINT waitlist_entries_one_per_user UNIQUE (ticket_id, user_id)
);

-- The first of a ticket's waitlist, and whether there is one.
CREATE INDEX waitlist_entries_ticket_idx ON waitlist_entries (ticket_id, id);
-- How many waitlists a user is on.
CREATE INDEX waitlist_entries_user_idx ON waitlist_entries (user_id);
