-- Several cards may be declined on one intent: each counts once, by Stripe's id of its charge.
ALTER TABLE card_attempts ADD COLUMN charges text[] NOT NULL DEFAULT '{}';

-- As before, with each declined charge in the place of each attempt. A decline without a charge, or one that a version
-- before this one has stored, counts as one.
CREATE OR REPLACE FUNCTION card_bar_ends_at(of_user uuid, of_network inet, user_max bigint, network_max bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT greatest(
        (
            SELECT last.at + interval '24 hours'
            FROM (SELECT max(declined_at) AS at FROM card_attempts WHERE user_id = of_user AND declined_at > now() - interval '24 hours') AS last
            WHERE (SELECT sum(greatest(cardinality(charges), 1)) FROM card_attempts WHERE user_id = of_user AND declined_at > last.at - interval '24 hours') >= user_max
        ),
        (
            SELECT last.at + interval '24 hours'
            FROM (SELECT max(declined_at) AS at FROM card_attempts WHERE network = of_network AND declined_at > now() - interval '24 hours') AS last
            WHERE (SELECT sum(greatest(cardinality(charges), 1)) FROM card_attempts WHERE network = of_network AND declined_at > last.at - interval '24 hours') >= network_max
        )
    )
$$;
