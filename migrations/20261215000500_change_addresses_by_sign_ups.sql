-- A change of an account's address takes the same steps as a sign-up: a code is mailed to the new address.
ALTER TABLE sign_ups
    -- The account whose address changes. Null for a sign-up. `password_hash` is then the account's, so that another password
    -- ends the change.
    ADD COLUMN user_id uuid REFERENCES users,
    -- The address that the account had, for the mail that tells of the change.
    ADD COLUMN old_email text;

-- Those of an account.
CREATE INDEX sign_ups_user_id_idx ON sign_ups (user_id) WHERE user_id IS NOT NULL;
