-- What else a seller lists for the same event.
CREATE INDEX listings_event_seller_idx ON listings (event_id, seller_id, id);
