-- A browser that has signed in to the account before has tries of its own: a stranger cannot use them up.
ALTER TABLE sign_in_attempts
    -- SHA-256 of what is random in that browser's cookie. Null for all other browsers.
    ADD COLUMN browser_hash bytea CHECK (octet_length(browser_hash) = 32);
