-- A request to set a new password. There is a row for every address that is typed, so that the request takes as long
-- for an address without an account.
CREATE TABLE password_resets (
    id uuid PRIMARY KEY,
    -- As typed, in lower case.
    email text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- These three are set when the mail is made. The token itself is in the mail and nowhere else.
    user_id uuid REFERENCES users ON DELETE CASCADE,
    token_hash bytea CONSTRAINT password_resets_token_hash_key UNIQUE CHECK (octet_length(token_hash) = 32),
    expires_at timestamptz,
    sent_at timestamptz,
    -- When the link was used, or replaced by a later request.
    ended_at timestamptz,
    CHECK ((user_id IS NULL) = (token_hash IS NULL) AND (token_hash IS NULL) = (expires_at IS NULL))
);

-- The requests for an address.
CREATE INDEX password_resets_email_idx ON password_resets (email, requested_at);
-- The links of an account.
CREATE INDEX password_resets_user_id_idx ON password_resets (user_id);
-- Purging old requests.
CREATE INDEX password_resets_requested_at_idx ON password_resets (requested_at);
