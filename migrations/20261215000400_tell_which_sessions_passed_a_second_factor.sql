-- When the session's user showed the second factor; null without one.
ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;
