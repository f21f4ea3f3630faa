-- Until when a ticket that is sold at `sold_at` without being in hand has to be handed in: two days before its event, or
-- two hours before it if it is sold later than that, or until the event begins.
CREATE FUNCTION promised_until(starts_at timestamptz, sold_at timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN starts_at - interval '48 hours' > sold_at THEN starts_at - interval '48 hours'
        WHEN starts_at - interval '2 hours' > sold_at THEN starts_at - interval '2 hours'
        ELSE starts_at
    END
$$;

-- Until when the seller has to hand in what the order bought. Null where everything was in hand when it was locked, and
-- for orders from before there were deliverables.
ALTER TABLE orders ADD COLUMN promised_until timestamptz;

-- The sweep of broken promises. An order that is delivered stays in it until then.
CREATE INDEX orders_promised_idx ON orders (promised_until)
    WHERE promised_until IS NOT NULL AND status IN ('complete', 'partly_refunded');
