-- The offers of waitlists that a buyer has not paid for.
CREATE INDEX orders_unpaid_offers_idx ON orders (buyer_id, ended_at) WHERE from_waitlist AND status IN ('cancelled', 'expired');
