-- Whether the buyer did not press the button but had their turn: then they have to be told.
ALTER TABLE orders ADD COLUMN from_line boolean NOT NULL DEFAULT false;

-- Looked at with every page of whoever is signed in; nearly always empty.
CREATE INDEX orders_turn_idx ON orders (buyer_id)
    WHERE from_line AND status IN ('created', 'awaiting_payment');
