-- The app that makes a user's codes for signing in (TOTP, RFC 6238).
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users,
    -- The secret that the app and the shop share, sealed (SECOND_FACTOR_KEYS).
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    -- The recovery codes, sealed, while the page of the set-up shows them. Null once it is confirmed.
    sealed_recovery bytea,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When a code of the app confirmed the set-up. From then on signing in asks for one.
    confirmed_at timestamptz,
    -- The step of the last code: it and those before it are refused.
    last_step bigint NOT NULL DEFAULT 0,
    -- How often a code was typed since `tries_since`, and was not right.
    tries smallint NOT NULL DEFAULT 0,
    tries_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT second_factors_recovery_check CHECK ((confirmed_at IS NULL) = (sealed_recovery IS NOT NULL))
);

-- Purging set-ups that were not confirmed.
CREATE INDEX second_factors_begun_at_idx ON second_factors (begun_at) WHERE confirmed_at IS NULL;
