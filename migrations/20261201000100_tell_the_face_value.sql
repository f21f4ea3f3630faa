-- The price that is printed on one ticket, in cents. Null where the seller does not tell it, and in a listing that a
-- server of the previous version makes.
ALTER TABLE listings
    ADD COLUMN face_value_cents bigint CHECK (face_value_cents BETWEEN 50 AND 10000000);
