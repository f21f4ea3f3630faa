-- Jobs, written in the transaction of their cause. A job stays here until it is due; then a relay hands
-- it to its queue at Redis and deletes the row.
CREATE TABLE outbox (
    -- Also the id of the task at Redis, so that a push repeated after a crash is refused there.
    id uuid PRIMARY KEY,
    job jsonb NOT NULL,
    run_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The queue at Redis. Each is relayed by itself: many timers at once delay no payment, and a slow mail server
    -- delays neither.
    queue text NOT NULL DEFAULT 'payments' CHECK (queue IN ('expiry', 'payments', 'mail')),
    -- The end of the lease of the relay that is handing the job over. A row lock would have to be held while Redis
    -- answers, and `run_at` has to keep the time since which the job is due.
    leased_until timestamptz,
    -- The span that wrote the job, in W3C's trace context: the trace of the job links to it.
    traceparent text CHECK (length(traceparent) <= 64)
);

-- The relay: the jobs of a queue that are due, most overdue first.
CREATE INDEX outbox_due_idx ON outbox (queue, run_at);
