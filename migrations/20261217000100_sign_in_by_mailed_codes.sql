-- Signing in by a mailed code takes the same steps as a sign-up, without a password.
ALTER TABLE sign_ups
    ADD COLUMN is_sign_in boolean NOT NULL DEFAULT false,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CONSTRAINT sign_ups_password_check CHECK (is_sign_in = (password_hash IS NULL));
