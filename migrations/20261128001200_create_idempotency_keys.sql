-- Calls that a client has named by an idempotency key of its own, so that repeating one has no second effect.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    endpoint text NOT NULL,
    -- SHA-256: it tells one body from another without keeping either.
    body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
    -- Null while the call runs, and for answers that are not kept because they hold a secret.
    answer jsonb,
    is_answered boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, key)
);

-- Purging keys that are older than a day.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
