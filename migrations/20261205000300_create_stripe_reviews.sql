-- Where the review of a list of Stripe's stands. Once a day it reads the whole list, page by page, so that an event that
-- was never delivered loses nothing.
CREATE TABLE stripe_reviews (
    -- The list.
    name text PRIMARY KEY CHECK (name IN ('refunds')),
    -- The last object of the page that was read last; null at the beginning of a review.
    cursor text,
    -- When the next page may be read. A worker that reads one moves it ahead: that is its lease.
    due_at timestamptz NOT NULL DEFAULT now(),
    -- When the last review was complete; before the first one, when the row was made.
    completed_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO stripe_reviews (name) VALUES ('refunds');
