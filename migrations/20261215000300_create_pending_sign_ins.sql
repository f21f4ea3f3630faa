-- Sign-ins whose password was right, and whose second factor is still to come.
CREATE TABLE pending_sign_ins (
    -- SHA-256 of the token in the browser that signs in.
    browser_hash bytea PRIMARY KEY CHECK (octet_length(browser_hash) = 32),
    user_id uuid NOT NULL REFERENCES users,
    -- The hash that the password matched: if the account has another one by then, no session begins.
    password_hash text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Those of an account.
CREATE INDEX pending_sign_ins_user_id_idx ON pending_sign_ins (user_id);
-- Purging old ones.
CREATE INDEX pending_sign_ins_begun_at_idx ON pending_sign_ins (begun_at);
