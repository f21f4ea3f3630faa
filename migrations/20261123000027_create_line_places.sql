-- Who gets a locked ticket next, should its holder not buy it.
CREATE TABLE line_places (
    -- The order of the line. Handed out under the ticket's row lock, so it is the order of joining.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Nobody stands in a line twice.
    CONSTRAINT line_places_one_per_user UNIQUE (ticket_id, user_id)
);

-- The line from its head, and whether there is one at all.
CREATE INDEX line_places_ticket_idx ON line_places (ticket_id, id);
-- In how many lines somebody stands.
CREATE INDEX line_places_user_idx ON line_places (user_id);
