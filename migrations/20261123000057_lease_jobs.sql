-- A relay that hands a job over has it until then. No row lock, for nothing is held while Redis
-- answers; and not `run_at`, which says for how long the job has been due.
ALTER TABLE outbox ADD COLUMN leased_until timestamptz;
