-- A ticket that its buyer gives to another person, by a mail address. Once accepted it is that person's to open, and the
-- buyer opens it no more. A refund goes to the buyer all the same.
CREATE TABLE gifts (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets,
    -- The purchase that it is given from.
    order_id uuid NOT NULL REFERENCES orders,
    giver_id uuid NOT NULL REFERENCES users,
    -- Where it was sent, and what stands for all spellings of that address. Null once the account of one side is deleted.
    email text,
    email_key text,
    status text NOT NULL DEFAULT 'offered' CHECK (status IN ('offered', 'accepted', 'taken_back')),
    recipient_id uuid REFERENCES users,
    offered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepted_at timestamptz,
    opened_at timestamptz,
    CONSTRAINT gifts_accepted_check CHECK (
        (status = 'accepted') = (recipient_id IS NOT NULL) AND (status = 'accepted') = (accepted_at IS NOT NULL)
    ),
    CONSTRAINT gifts_opened_check CHECK (opened_at IS NULL OR status = 'accepted'),
    CONSTRAINT gifts_email_check CHECK ((email IS NULL) = (email_key IS NULL))
);

-- A ticket is given to one person.
CREATE UNIQUE INDEX gifts_ticket_key ON gifts (ticket_id) WHERE status IN ('offered', 'accepted');
CREATE INDEX gifts_order_idx ON gifts (order_id);
CREATE INDEX gifts_giver_idx ON gifts (giver_id);
CREATE INDEX gifts_recipient_idx ON gifts (recipient_id) WHERE recipient_id IS NOT NULL;
CREATE INDEX gifts_email_idx ON gifts (lower(email_key)) WHERE status = 'offered';
