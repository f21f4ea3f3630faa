-- Whoever is signed in and types their password once more has a count of their own: strangers who try to
-- sign in as them do not use it up.
ALTER TABLE sign_in_attempts ADD COLUMN is_confirmation boolean NOT NULL DEFAULT false;
