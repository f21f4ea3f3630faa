-- Mails have a queue of their own: a mail server may take its time, and keeps no payment waiting.
ALTER TABLE outbox DROP CONSTRAINT outbox_queue_check,
    ADD CONSTRAINT outbox_queue_check CHECK (queue IN ('expiry', 'payments', 'mail'));
