-- An event's payload names the card's owner, and nothing reads it once the event was handled. What is
-- handled from now on forgets it by itself (payments::store::mark_event_handled).
UPDATE stripe_events SET payload = '{}' WHERE handled_at IS NOT NULL AND payload <> '{}';
