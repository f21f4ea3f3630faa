-- Follow-ups, written in the transaction of the fact they follow; relayed to Redis, then deleted.
CREATE TABLE outbox (
    -- Also the task's id at the queue, so that a push repeated after a crash is refused there.
    id uuid PRIMARY KEY,
    job jsonb NOT NULL,
    run_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX outbox_created_at_idx ON outbox (created_at);
