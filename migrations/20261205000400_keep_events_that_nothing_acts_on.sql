-- An event of a kind that no code acts on keeps its payload: a later version may act on it, and nothing else has it. Only
-- events whose payload was emptied are purged.
CREATE INDEX stripe_events_emptied_idx ON stripe_events (handled_at) WHERE handled_at IS NOT NULL AND payload = '{}';
DROP INDEX stripe_events_handled_idx;
