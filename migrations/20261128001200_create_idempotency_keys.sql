-- Requests with an idempotency key that the client has chosen, so that a repeated request has no second effect.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    endpoint text NOT NULL,
    -- SHA-256: it distinguishes two bodies without storing them.
    body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
    -- Null while the request runs, and for answers that are not stored because they hold a secret.
    answer jsonb,
    is_answered boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, key)
);

-- Purging keys that are older than a day.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
