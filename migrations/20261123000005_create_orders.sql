-- One buyer's hold on one ticket, and what became of it.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets,
    buyer_id uuid NOT NULL REFERENCES users,
    status text NOT NULL
        CHECK (status IN ('created', 'awaiting_payment', 'complete', 'refund_pending', 'refunded', 'cancelled', 'expired')),
    -- What the page showed when the buyer pressed the button; what the buyer pays.
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    currency text NOT NULL CHECK (currency = 'usd'),
    ticket_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    -- The lock's end. Past it the order locks nothing, whatever its status still says.
    expires_at timestamptz NOT NULL,
    -- When it left the states that hold the ticket for paying.
    ended_at timestamptz
);

-- Never sold twice: whatever the code does, a ticket has one order that holds or owns it.
CREATE UNIQUE INDEX orders_one_holder_per_ticket ON orders (ticket_id)
    WHERE status IN ('created', 'awaiting_payment', 'complete', 'refund_pending');
-- What the expiry sweep walks, most overdue first.
CREATE INDEX orders_open_expires_at_idx ON orders (expires_at)
    WHERE status IN ('created', 'awaiting_payment');
CREATE INDEX orders_buyer_idx ON orders (buyer_id, id DESC);
CREATE INDEX orders_ticket_idx ON orders (ticket_id);
