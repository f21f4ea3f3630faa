-- A code that a machine has found in a file, until its seller has said which ticket it belongs to.
CREATE TABLE found_codes (
    file_id uuid NOT NULL REFERENCES ticket_files ON DELETE CASCADE,
    -- Its place among the codes of the file, from 1.
    number smallint NOT NULL CHECK (number > 0),
    page smallint NOT NULL CHECK (page > 0),
    kind text NOT NULL CHECK (kind IN ('qr', 'aztec', 'pdf417', 'data_matrix', 'code128')),
    -- HMAC-SHA-256 of what it says.
    hash bytea NOT NULL CHECK (length(hash) = 32),
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    -- Its end, by which the seller tells it from others.
    tail text NOT NULL CHECK (octet_length(tail) <= 40),
    -- The words on its page that look like a place. The seller confirms or corrects them.
    section text,
    seat_row text,
    seat text,
    PRIMARY KEY (file_id, number)
);
