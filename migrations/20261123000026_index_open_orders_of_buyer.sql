-- Counts what a buyer holds, under the buyer's turn: it must not walk all they ever ordered.
CREATE INDEX orders_open_of_buyer_idx ON orders (buyer_id)
    WHERE status IN ('created', 'awaiting_payment');
