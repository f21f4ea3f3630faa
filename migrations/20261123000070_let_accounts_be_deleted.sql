-- What somebody bought and sold stays in the books when they delete their account; who they were does
-- not. Null and not a made-up address: nobody signs in with it, signs up with it, or is sent mail.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN deleted_at timestamptz,
    ADD CONSTRAINT users_erased_check
        CHECK ((email IS NULL) = (deleted_at IS NOT NULL) AND (password_hash IS NULL) = (deleted_at IS NOT NULL));
