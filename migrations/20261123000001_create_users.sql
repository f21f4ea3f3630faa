-- Somebody who sells and buys.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- As they typed it: some mail servers do tell case apart.
    email text NOT NULL,
    -- A PHC string: algorithm, parameters, salt and hash in one.
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One account per address, whatever its case.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
