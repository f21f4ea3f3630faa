-- What users have typed into the form of a new listing and have not listed yet.
CREATE TABLE listing_drafts (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The server makes it with the form, so that a form that is sent twice is one draft. The key begins with the user: what
    -- another user sends finds nothing and meets nothing.
    id uuid NOT NULL,
    -- The fields as typed, valid or not, and the end of the address of the event, if the form is for one that is known.
    fields jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    saved_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (user_id, id),
    -- 16 KiB as they are sent, and the spaces that PostgreSQL writes.
    CONSTRAINT listing_drafts_fields_check CHECK (octet_length(fields::text) <= 17408)
);

-- The drafts of a user, newest first.
CREATE INDEX listing_drafts_user_idx ON listing_drafts (user_id, saved_at DESC);
-- Purging.
CREATE INDEX listing_drafts_saved_at_idx ON listing_drafts (saved_at);
