-- One buyer's lock on one ticket, and what follows from it.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets,
    buyer_id uuid NOT NULL REFERENCES users,
    status text NOT NULL
        CHECK (status IN ('created', 'awaiting_payment', 'complete', 'refund_pending', 'refunded', 'cancelled', 'expired')),
    -- Copied from the ticket when it is locked: the buyer pays what the page showed.
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    currency text NOT NULL CHECK (currency = 'usd'),
    ticket_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    -- The end of the lock. After it the order locks nothing, even while its status is still an open one.
    expires_at timestamptz NOT NULL,
    -- When the order left the open statuses, `created` and `awaiting_payment`.
    ended_at timestamptz,
    -- Another user asked for the ticket while this order locked it. Only then does the buyer have to leave the ticket
    -- to others for a while.
    is_wanted boolean NOT NULL DEFAULT false,
    -- The waitlist offered the buyer this lock: the buyer did not ask for it at that moment, and has to be told.
    from_waitlist boolean NOT NULL DEFAULT false
);

-- A ticket has at most one order that locks or owns it, whatever the code does: no ticket is sold twice.
CREATE UNIQUE INDEX orders_one_holder_per_ticket ON orders (ticket_id)
    WHERE status IN ('created', 'awaiting_payment', 'complete', 'refund_pending');
-- The expiry sweep: open orders, most overdue first.
CREATE INDEX orders_open_expires_at_idx ON orders (expires_at)
    WHERE status IN ('created', 'awaiting_payment');
-- A buyer's orders, newest first.
CREATE INDEX orders_buyer_idx ON orders (buyer_id, id DESC);
-- Every order of a ticket, those that have ended included.
CREATE INDEX orders_ticket_idx ON orders (ticket_id);
-- Counting the tickets that a buyer has locked. The query runs under the buyer's advisory lock, so it must not
-- read every order that the buyer ever made.
CREATE INDEX orders_open_of_buyer_idx ON orders (buyer_id)
    WHERE status IN ('created', 'awaiting_payment');
-- The offer that a buyer has. Every page of a signed-in user reads it, and it is nearly always empty.
CREATE INDEX orders_turn_idx ON orders (buyer_id)
    WHERE from_waitlist AND status IN ('created', 'awaiting_payment');
