-- One buyer's lock on tickets of one listing, and what follows from it.
CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT uuid_by_clock(),
    listing_id uuid NOT NULL REFERENCES listings,
    buyer_id uuid NOT NULL REFERENCES users,
    status text NOT NULL
        CHECK (status IN ('created', 'awaiting_payment', 'complete', 'refund_pending', 'refunded', 'cancelled', 'expired')),
    -- What was locked, copied when it was: the buyer pays what the page showed.
    listing_version integer NOT NULL,
    ticket_ids uuid[] NOT NULL CHECK (cardinality(ticket_ids) BETWEEN 1 AND 100),
    title text NOT NULL,
    venue text NOT NULL,
    city text NOT NULL,
    starts_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    section text NOT NULL,
    seat_row text NOT NULL,
    seats text[] NOT NULL,
    -- The price of one ticket, of all of them, and the part of it that the platform keeps.
    ticket_price_cents bigint NOT NULL CHECK (ticket_price_cents BETWEEN 50 AND 10000000),
    price_cents bigint NOT NULL,
    fee_cents bigint NOT NULL,
    currency text NOT NULL CHECK (currency = 'usd'),
    created_at timestamptz NOT NULL,
    -- There is no end of the lock here: the rows of the tickets say until when the order holds them. When the order
    -- leaves the open statuses, `created` and `awaiting_payment`, it gets the time, and the end that its lock had.
    ended_at timestamptz,
    lock_end timestamptz,
    -- Another user asked for the tickets while this order locked them. Only then does the buyer have to leave them to
    -- others for a while.
    is_wanted boolean NOT NULL DEFAULT false,
    -- The waitlist offered the buyer this lock: the buyer did not ask for it at that moment, and has to be told.
    from_waitlist boolean NOT NULL DEFAULT false,
    CONSTRAINT orders_tickets_check CHECK (cardinality(seats) = cardinality(ticket_ids)),
    CONSTRAINT orders_price_check CHECK (price_cents = ticket_price_cents * cardinality(ticket_ids) AND fee_cents BETWEEN 0 AND price_cents),
    CONSTRAINT orders_end_check CHECK ((status IN ('created', 'awaiting_payment')) = (ended_at IS NULL) AND (ended_at IS NULL) = (lock_end IS NULL))
);

-- A buyer's orders, newest first.
CREATE INDEX orders_buyer_idx ON orders (buyer_id, id DESC);
-- The orders of a listing, newest first: its sales, and who has held its tickets since.
CREATE INDEX orders_listing_idx ON orders (listing_id, id DESC);
-- A buyer's last order of a listing: the cool-down.
CREATE INDEX orders_listing_buyer_idx ON orders (listing_id, buyer_id, id DESC);
-- The offer that a buyer has. Every page of a signed-in user reads it, and it is nearly always empty.
CREATE INDEX orders_offer_idx ON orders (buyer_id)
    WHERE from_waitlist AND status IN ('created', 'awaiting_payment');
