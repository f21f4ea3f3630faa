-- An account: a person who sells and buys.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- As typed at sign-up: some mail servers tell upper case from lower. Null once the account is deleted.
    email text,
    -- A PHC string: algorithm, parameters, salt and hash in one. Null once the account is deleted.
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    -- A deleted account keeps its row, because the books refer to it, and loses its address and its hash. They are
    -- null and not made up: no one can sign in or sign up with them, and no mail goes there.
    CONSTRAINT users_erased_check
        CHECK ((email IS NULL) = (deleted_at IS NOT NULL) AND (password_hash IS NULL) = (deleted_at IS NOT NULL))
);

-- One account for an address, in upper or lower case.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
