-- A file that a seller has handed in for the tickets of a listing. Its bytes lie sealed in the store of files, under its
-- id.
CREATE TABLE ticket_files (
    id uuid PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES listings,
    kind text NOT NULL CHECK (kind IN ('pdf', 'png', 'jpeg', 'webp', 'pass')),
    size_bytes integer NOT NULL CHECK (size_bytes > 0),
    pages smallint NOT NULL CHECK (pages > 0),
    -- Whether a machine has looked at all of it.
    is_complete boolean NOT NULL,
    -- HMAC-SHA-256 of the file: the same file is for sale once.
    hash bytea NOT NULL CHECK (length(hash) = 32),
    -- The file's own key, sealed with the key of this id in the settings.
    key_id text NOT NULL,
    sealed_key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX ticket_files_listing_idx ON ticket_files (listing_id, created_at);
CREATE INDEX ticket_files_hash_idx ON ticket_files (hash);
-- The purge of files that were handed in for no ticket.
CREATE INDEX ticket_files_created_idx ON ticket_files (created_at);
