-- Attempts to sign in that failed or are not decided yet, kept as long as they count against a limit.
-- No foreign key: an address without an account is limited like any other.
CREATE TABLE sign_in_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- As typed, in lower case.
    email text NOT NULL,
    -- The client's address; of IPv6 its network.
    address inet NOT NULL,
    attempted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A signed-in user typed the password again. These attempts are counted apart, so that other people, who can
    -- only try to sign in, do not use them up.
    is_confirmation boolean NOT NULL DEFAULT false
);

-- Counting the recent attempts for a mail address, and from a network.
CREATE INDEX sign_in_attempts_email_idx ON sign_in_attempts (email, attempted_at);
CREATE INDEX sign_in_attempts_address_idx ON sign_in_attempts (address, attempted_at);
-- Purging old attempts.
CREATE INDEX sign_in_attempts_attempted_at_idx ON sign_in_attempts (attempted_at);
