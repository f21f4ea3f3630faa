-- One ticket of a listing: one seat. This row is the one truth about who holds or owns it.
CREATE TABLE tickets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    listing_id uuid NOT NULL REFERENCES listings,
    -- The order of the seats within the listing.
    position integer NOT NULL,
    -- Empty with general admission.
    seat text NOT NULL DEFAULT '' CHECK (length(seat) <= 20),
    status text NOT NULL DEFAULT 'listed' CHECK (status IN ('listed', 'sold', 'withdrawn')),
    -- The start of the event, copied for the index of tickets on sale.
    starts_at timestamptz NOT NULL,
    -- The order that holds the ticket, or has bought it, and its buyer.
    order_id uuid REFERENCES orders,
    holder_id uuid,
    -- Until when the order holds it. In the past, the ticket is not held, whether or not a job has run. Null once sold.
    held_until timestamptz,
    -- Which of the holder's places for unpaid tickets it takes: 1 to `MAX_ACTIVE_LOCKS`. Null where the hold does not
    -- count: it is overdue, or the card was authorised after its end.
    hold_slot smallint CHECK (hold_slot > 0),
    -- The order has opened a payment. Its tickets are kept a little past `held_until`, until Stripe has said what
    -- became of it.
    has_payment boolean NOT NULL DEFAULT false,
    CONSTRAINT tickets_hold_check CHECK (
        (order_id IS NULL) = (holder_id IS NULL)
        AND (held_until IS NOT NULL OR hold_slot IS NULL)
        AND (order_id IS NOT NULL OR NOT has_payment)
        AND CASE status
            WHEN 'listed' THEN (order_id IS NULL) = (held_until IS NULL)
            WHEN 'sold' THEN order_id IS NOT NULL AND held_until IS NULL
            ELSE order_id IS NULL AND held_until IS NULL
        END
    )
);

-- The tickets of a listing, in order.
CREATE INDEX tickets_listing_idx ON tickets (listing_id, position);
-- The tickets of an order. Without it, deleting an order would read every ticket.
CREATE INDEX tickets_order_idx ON tickets (order_id) WHERE order_id IS NOT NULL;
-- A buyer holds at most as many unpaid tickets as there are slots, whatever the code does.
CREATE UNIQUE INDEX tickets_hold_slot_key ON tickets (holder_id, hold_slot) WHERE hold_slot IS NOT NULL;
-- The home page: tickets on sale, soonest event first. Locked tickets are not in it, so that the page costs the same
-- however many are locked.
CREATE INDEX tickets_free_idx ON tickets (starts_at, listing_id) WHERE status = 'listed' AND order_id IS NULL;
-- The sweep, and the home page: holds, most overdue first. A query that does not name the status cannot use it: PostgreSQL
-- would walk all holds to find those of one order, where its statistics are from a time without any.
CREATE INDEX tickets_held_idx ON tickets (held_until) WHERE status = 'listed' AND held_until IS NOT NULL;

-- The tickets of each listing, for a statement that reads listings.
CREATE VIEW listing_tickets AS
    SELECT listing_id, jsonb_agg(
        jsonb_build_object(
            'id', id, 'seat', seat, 'status', status, 'order_id', order_id, 'holder_id', holder_id,
            'held_until', held_until, 'has_payment', has_payment
        ) ORDER BY position, id
    ) AS tickets
    FROM tickets GROUP BY listing_id;
