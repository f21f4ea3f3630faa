-- Somebody has forgotten their password. Noted for every address that is typed, so that asking
-- takes as long for one without an account.
CREATE TABLE password_resets (
    id uuid PRIMARY KEY,
    -- Lower case, as typed.
    email text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- These three are set when the mail is made: until then there is no token, and nowhere else is it kept.
    user_id uuid REFERENCES users ON DELETE CASCADE,
    token_hash bytea CONSTRAINT password_resets_token_hash_key UNIQUE CHECK (octet_length(token_hash) = 32),
    expires_at timestamptz,
    sent_at timestamptz,
    -- Used, or void because a later one was asked for.
    ended_at timestamptz,
    CHECK ((user_id IS NULL) = (token_hash IS NULL) AND (token_hash IS NULL) = (expires_at IS NULL))
);

CREATE INDEX password_resets_email_idx ON password_resets (email, requested_at);
CREATE INDEX password_resets_user_id_idx ON password_resets (user_id);
CREATE INDEX password_resets_requested_at_idx ON password_resets (requested_at);
