-- Where the readings of Stripe's balance transactions stand: page by page, newest first.
CREATE TABLE balance_readings (
    -- `recent`: what is new, every few minutes, for Stripe's fees. `nightly`: all of the last month, to compare it with the
    -- ledger.
    name text PRIMARY KEY CHECK (name IN ('recent', 'nightly')),
    -- The last movement of the page that was read last; null at the beginning of a reading.
    cursor text,
    -- From when on this reading reads, and when it began.
    since timestamptz NOT NULL DEFAULT now(),
    begun_at timestamptz NOT NULL DEFAULT now(),
    -- When the last complete reading began: it has read what had moved until then.
    read_until timestamptz NOT NULL DEFAULT now(),
    -- When the next page may be read. A worker that reads one moves it ahead: that is its lease.
    due_at timestamptz NOT NULL DEFAULT now(),
    -- When the last reading was complete; before the first one, when the row was made.
    completed_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO balance_readings (name) VALUES ('recent'), ('nightly');
