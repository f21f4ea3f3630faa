-- A UUID version 7 by this database's clock. The ids of orders and listings come from it, because lists are sorted by
-- them and the clocks of two servers may differ.
CREATE FUNCTION uuid_by_clock() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    -- Six bytes of milliseconds; 52 and 53 are the bits that turn version 4 into 7.
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;

-- One seller's tickets for one event, at one price each.
CREATE TABLE listings (
    id uuid PRIMARY KEY DEFAULT uuid_by_clock(),
    event_id uuid NOT NULL REFERENCES events,
    seller_id uuid NOT NULL REFERENCES users,
    -- Empty where the event has none, as with general admission.
    section text NOT NULL DEFAULT '' CHECK (length(section) <= 20),
    seat_row text NOT NULL DEFAULT '' CHECK (length(seat_row) <= 20),
    -- The price of one ticket.
    price_cents bigint NOT NULL CHECK (price_cents BETWEEN 50 AND 10000000),
    currency text NOT NULL DEFAULT 'usd' CHECK (currency = 'usd'),
    -- How many tickets one order may take.
    split text NOT NULL DEFAULT 'any' CHECK (split IN ('any', 'pairs', 'all_together', 'never_leave_one')),
    -- Grows by one with each edit. A lock names the version that its buyer saw.
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    -- How many buyers are on the waitlist. It changes only under this row's lock, so that a statement that waited for
    -- the row reads the present number.
    waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    -- The seller takes no one else on the waitlist.
    is_waitlist_closed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A seller's listings, newest first.
CREATE INDEX listings_seller_idx ON listings (seller_id, id DESC);
