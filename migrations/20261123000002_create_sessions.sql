-- A signed-in browser.
CREATE TABLE sessions (
    -- SHA-256 of the token in the cookie: a copy of this table opens no account.
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Moves at most once a minute, so that reading a page rarely writes.
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The absolute end, however busy the session is.
    expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
