-- Which of the queues at Redis a job goes to. Each is walked by itself: a flood of timers keeps no
-- payment waiting. A process from before this column writes none; the default is right for all
-- but its timers, and does them no harm.
ALTER TABLE outbox ADD COLUMN queue text NOT NULL DEFAULT 'payments' CHECK (queue IN ('expiry', 'payments'));
UPDATE outbox SET queue = 'expiry' WHERE job->>'kind' = 'expire_order';

-- Jobs stay here until they are due: the relay takes the most overdue first, and never looks at the rest.
CREATE INDEX outbox_due_idx ON outbox (queue, run_at);
DROP INDEX outbox_created_at_idx;
