-- Sign-ups whose address is not verified yet. There is a row for every address that is typed, so that signing up takes
-- as long for an address that has an account.
CREATE TABLE sign_ups (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    password_hash text NOT NULL,
    -- Of the token in the browser that signs up. The code is good in that browser alone.
    browser_hash bytea NOT NULL CONSTRAINT sign_ups_browser_hash_key UNIQUE CHECK (octet_length(browser_hash) = 32),
    -- The page to open afterwards.
    next text,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whether a mail was asked for: not beyond the bounds of an address.
    is_mailed boolean NOT NULL,
    -- Set when the mail is made. The code itself is in the mail and nowhere else.
    code_hash text,
    sent_at timestamptz,
    tries smallint NOT NULL DEFAULT 0,
    -- When the code was used, or the address got an account by another code.
    ended_at timestamptz
);

-- The sign-ups of an address.
CREATE INDEX sign_ups_email_idx ON sign_ups (lower(email), requested_at);
-- Purging old ones.
CREATE INDEX sign_ups_requested_at_idx ON sign_ups (requested_at);
