-- A signed-in browser.
CREATE TABLE sessions (
    -- SHA-256 of the token in the cookie: a copy of this table opens no account.
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Updated at most once a minute, so that reading a page rarely writes.
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The session ends at this time, however much it is used.
    expires_at timestamptz NOT NULL,
    -- Names the session in pages and forms. It opens nothing; the token and its hash never leave the server.
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT sessions_id_key UNIQUE,
    -- A short description made from the browser's User-Agent. The header itself is not kept.
    device text NOT NULL DEFAULT 'A browser' CHECK (length(device) BETWEEN 1 AND 40)
);

-- The sessions of an account.
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
-- Purging sessions that have ended, and those that were not used for long. The latter costs each update of
-- `last_seen_at` an entry in every index; without it, the purge would read the whole table every minute.
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE INDEX sessions_last_seen_at_idx ON sessions (last_seen_at);
