-- A session as its owner sees it among their devices.
ALTER TABLE sessions
    -- What a page and a form may carry: it opens nothing, as the token and its hash must not leave.
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT sessions_id_key UNIQUE,
    -- In words of ours, made from what the browser calls itself; that itself is not kept.
    ADD COLUMN device text NOT NULL DEFAULT 'A browser' CHECK (length(device) BETWEEN 1 AND 40);
