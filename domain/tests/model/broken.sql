-- The invariants that hold whatever the model predicts: those that are violated.
SELECT coalesce(jsonb_agg(rule), '[]')
FROM (
    SELECT 'a ticket has two orders that hold or own it' AS rule
    FROM orders o, unnest(o.ticket_ids) AS ticket WHERE status IN ('created', 'awaiting_payment', 'complete', 'partly_refunded', 'refund_pending')
    GROUP BY ticket HAVING count(*) > 1
    UNION ALL
    SELECT 'an open order does not hold its tickets, or a complete one does not own them'
    FROM orders o
    WHERE status IN ('created', 'awaiting_payment', 'complete', 'refund_pending', 'refunded')
        AND o.ticket_ids <> ARRAY(
            SELECT t.id FROM tickets t
            WHERE t.order_id = o.id AND t.holder_id = o.buyer_id AND t.listing_id = o.listing_id
                AND t.status = CASE WHEN o.status IN ('created', 'awaiting_payment') THEN 'listed' ELSE 'sold' END
            ORDER BY t.position
        )
    UNION ALL
    SELECT 'a ticket names an order that has ended unsold'
    FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.status IN ('cancelled', 'expired')
    UNION ALL
    SELECT 'tickets of one order are held until different times'
    FROM tickets WHERE order_id IS NOT NULL
    GROUP BY order_id HAVING min(held_until) <> max(held_until) OR bool_or(has_payment) <> bool_and(has_payment)
    UNION ALL
    SELECT 'an order is for other tickets than its listing has, or for one twice'
    FROM orders o
    WHERE cardinality(ticket_ids) <> (SELECT count(*) FROM tickets t WHERE t.id = ANY(o.ticket_ids) AND t.listing_id = o.listing_id)
    UNION ALL
    SELECT 'the price of an order is not that of its tickets'
    FROM orders WHERE price_cents <> ticket_price_cents * cardinality(ticket_ids)
    UNION ALL
    SELECT 'money was taken for an order that is not complete'
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.status = 'captured' AND o.status NOT IN ('complete', 'partly_refunded', 'refund_pending', 'refunded')
    UNION ALL
    SELECT 'an order was paid twice'
    FROM payments WHERE status = 'captured' GROUP BY order_id HAVING count(*) > 1
    UNION ALL
    SELECT 'an order is complete without a captured payment'
    FROM orders o
    WHERE o.status IN ('complete', 'partly_refunded') AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'captured')
    UNION ALL
    SELECT 'a listing changed while a ticket of it was locked or sold'
    FROM tickets t JOIN orders o ON o.id = t.order_id JOIN listings l ON l.id = t.listing_id JOIN events e ON e.id = l.event_id
    WHERE (l.price_cents, l.version, e.title, t.seat) IS DISTINCT FROM
        (o.ticket_price_cents, o.listing_version, o.title, o.seats[array_position(o.ticket_ids, t.id)])
    UNION ALL
    SELECT 'a seller holds their own ticket'
    FROM orders o JOIN listings l ON l.id = o.listing_id WHERE o.buyer_id = l.seller_id
    UNION ALL
    SELECT 'a ticket starts at another time than its event'
    FROM tickets t JOIN listings l ON l.id = t.listing_id JOIN events e ON e.id = l.event_id WHERE t.starts_at <> e.starts_at
    UNION ALL
    SELECT 'the length of a waitlist is wrong'
    FROM listings l WHERE l.waiting <> (SELECT count(*) FROM waitlist_entries w WHERE w.listing_id = l.id)
    UNION ALL
    SELECT 'an attempt is for another amount than its order'
    FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.amount_cents <> o.price_cents
    UNION ALL
    SELECT 'an order has two attempts that may take money'
    FROM payments WHERE status IN ('starting', 'open', 'capturing') GROUP BY order_id HAVING count(*) > 1
    UNION ALL
    SELECT 'an open order has an end, or an ended one has none'
    FROM orders WHERE (status IN ('created', 'awaiting_payment')) <> (ended_at IS NULL)
    UNION ALL
    SELECT 'a transfer does not add up to zero'
    FROM ledger_entries GROUP BY transfer_id HAVING sum(amount_cents) <> 0
    UNION ALL
    SELECT 'the ledger does not have what was taken, or has what was not'
    FROM payments p LEFT JOIN ledger_entries l ON l.payment_id = p.id AND l.account = 'buyer' AND l.kind = 'capture'
    GROUP BY p.id, p.status, p.amount_cents
    HAVING coalesce(sum(l.amount_cents), 0) <> CASE
        WHEN p.status IN ('captured', 'refunding', 'refund_failed', 'refunded', 'part_refunding', 'part_refund_failed') THEN -p.amount_cents ELSE 0
    END
) AS broken
