-- An account: a person who sells and buys.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- As typed at sign-up: some mail servers distinguish upper and lower case. Null once the account is deleted.
    email text,
    -- A PHC string: algorithm, parameters, salt and hash in one. Null once the account is deleted.
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz,
    -- A deleted account keeps its row, because orders and the ledger refer to it, and loses its address and its
    -- hash. They are null instead of placeholders: so no one can sign in with them, and no mail is sent there.
    CONSTRAINT users_erased_check
        CHECK ((email IS NULL) = (deleted_at IS NOT NULL) AND (password_hash IS NULL) = (deleted_at IS NOT NULL))
);

-- An address has at most one account, in upper or lower case.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
