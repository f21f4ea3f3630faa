-- Stripe's disputes and early fraud warnings are reviewed like its refunds.
ALTER TABLE stripe_reviews
    DROP CONSTRAINT stripe_reviews_name_check,
    ADD CONSTRAINT stripe_reviews_name_check CHECK (name IN ('refunds', 'disputes', 'fraud_warnings'));

INSERT INTO stripe_reviews (name) VALUES ('disputes'), ('fraud_warnings');
