-- When the account's address was verified. An account is made once its address is verified; null for those that an
-- earlier version made.
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
