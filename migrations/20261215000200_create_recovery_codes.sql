-- The codes that stand in for the app, each once: using one deletes it.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users,
    -- SHA-256: a code is random, and long enough not to be guessed.
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);
