-- When the buyer was reminded of the lock, and how many days before the end of the promise its seller was reminded last.
-- Null before the first reminder.
ALTER TABLE orders
    ADD COLUMN reminded_at timestamptz,
    ADD COLUMN reminded_days smallint CONSTRAINT orders_reminded_days_check CHECK (reminded_days > 0);
