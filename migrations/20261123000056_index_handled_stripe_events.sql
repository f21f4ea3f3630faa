-- Tidying up looks for the events that were handled longest ago, every minute.
CREATE INDEX stripe_events_handled_idx ON stripe_events (handled_at) WHERE handled_at IS NOT NULL;
