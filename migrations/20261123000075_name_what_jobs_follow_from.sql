-- The span that wrote the job, as W3C's trace context names it: the job's own trace links to it.
ALTER TABLE outbox ADD COLUMN traceparent text CHECK (length(traceparent) <= 64);
