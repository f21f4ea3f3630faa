-- The orders that count against the limit of one buyer and event.
CREATE INDEX orders_counted_idx ON orders (buyer_id) INCLUDE (listing_id)
    WHERE status IN ('created', 'awaiting_payment', 'complete');

-- How many tickets of an event a buyer has bought, or holds while they pay.
--
-- It is VOLATILE, so that it reads what was committed until it is called. The statement that locks tickets reads all else
-- as of its own start: it calls the function when it has the buyer's lock, and then no other order of the buyer can come.
CREATE FUNCTION event_tickets(buyer uuid, event uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM orders o JOIN listings l ON l.id = o.listing_id JOIN tickets t ON t.order_id = o.id
        WHERE o.buyer_id = buyer AND o.status IN ('created', 'awaiting_payment', 'complete') AND l.event_id = event
            AND (o.status = 'complete' OR t.held_until > clock_timestamp())
    );
END $$;
