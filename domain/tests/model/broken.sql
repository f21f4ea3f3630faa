-- The invariants that hold whatever the model predicts: those that are violated.
SELECT coalesce(jsonb_agg(rule), '[]')
FROM (
    SELECT 'a ticket has two orders that hold or own it' AS rule
    FROM orders WHERE status IN ('created', 'awaiting_payment', 'complete', 'refund_pending')
    GROUP BY ticket_id HAVING count(*) > 1
    UNION ALL
    SELECT 'money was taken for an order that is not complete'
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.status = 'captured' AND o.status NOT IN ('complete', 'refund_pending', 'refunded')
    UNION ALL
    SELECT 'an order was paid twice'
    FROM payments WHERE status = 'captured' GROUP BY order_id HAVING count(*) > 1
    UNION ALL
    SELECT 'an order is complete without a captured payment'
    FROM orders o
    WHERE o.status = 'complete' AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'captured')
    UNION ALL
    SELECT 'a ticket is sold and no order owns it'
    FROM tickets t
    WHERE t.status = 'sold' AND NOT EXISTS (SELECT FROM orders o WHERE o.ticket_id = t.id AND o.status IN ('complete', 'refund_pending'))
    UNION ALL
    SELECT 'a ticket was bought and is not marked as sold'
    FROM orders o JOIN tickets t ON t.id = o.ticket_id WHERE o.status = 'complete' AND t.status <> 'sold'
    UNION ALL
    SELECT 'a listing changed while it was locked or sold'
    FROM orders o JOIN tickets t ON t.id = o.ticket_id
    WHERE (o.status IN ('complete', 'refund_pending') OR o.status IN ('created', 'awaiting_payment') AND o.expires_at > now())
        AND (t.price_cents, t.version) IS DISTINCT FROM (o.price_cents, o.ticket_version)
    UNION ALL
    SELECT 'a seller holds their own ticket'
    FROM orders o JOIN tickets t ON t.id = o.ticket_id WHERE o.buyer_id = t.seller_id
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
    FROM payments p LEFT JOIN ledger_entries l ON l.payment_id = p.id AND l.account = 'buyer'
    GROUP BY p.id, p.status, p.amount_cents
    HAVING coalesce(sum(l.amount_cents), 0) <> CASE WHEN p.status IN ('captured', 'refunding', 'refund_failed') THEN -p.amount_cents ELSE 0 END
) AS broken
