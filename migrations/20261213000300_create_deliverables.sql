-- What opens the gate for one ticket: a code, a file, or both. Its buyer gets it when they have paid, and no one else.
CREATE TABLE deliverables (
    ticket_id uuid PRIMARY KEY REFERENCES tickets,
    -- The file that it was found in, or that is all there is of it.
    file_id uuid REFERENCES ticket_files,
    page smallint CHECK (page > 0),
    kind text CHECK (kind IN ('qr', 'aztec', 'pdf417', 'data_matrix', 'code128')),
    -- HMAC-SHA-256 of what the code says: the same code is for sale once.
    hash bytea CHECK (length(hash) = 32),
    key_id text,
    sealed bytea,
    handed_in_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT deliverables_code_check CHECK (
        (kind IS NULL) = (hash IS NULL) AND (kind IS NULL) = (sealed IS NULL) AND (kind IS NULL) = (key_id IS NULL)
    ),
    CONSTRAINT deliverables_content_check CHECK (kind IS NOT NULL OR file_id IS NOT NULL),
    CONSTRAINT deliverables_page_of_file_check CHECK (page IS NULL OR file_id IS NOT NULL)
);

CREATE INDEX deliverables_hash_idx ON deliverables (hash) WHERE hash IS NOT NULL;
CREATE INDEX deliverables_file_idx ON deliverables (file_id) WHERE file_id IS NOT NULL;
