-- From which account and network a card was tried, and whether it was declined, for as long as that counts.
CREATE TABLE card_attempts (
    -- The attempt to pay: a decline counts once, however often it is heard of.
    payment_id uuid PRIMARY KEY REFERENCES payments ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users,
    -- The client's address; of IPv6 its network. Null for an attempt that no request of this version opened.
    network inet,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Null unless the card was declined.
    declined_at timestamptz
);

-- Counting the declines of a day.
CREATE INDEX card_attempts_user_idx ON card_attempts (user_id, declined_at) WHERE declined_at IS NOT NULL;
CREATE INDEX card_attempts_network_idx ON card_attempts (network, declined_at) WHERE declined_at IS NOT NULL;
-- Purging old attempts.
CREATE INDEX card_attempts_opened_at_idx ON card_attempts (opened_at);

-- When payments of an account, or from a network, are possible again: a day after a decline that was the last of so many
-- within a day. Null: now.
CREATE FUNCTION card_bar_ends_at(of_user uuid, of_network inet, user_max bigint, network_max bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT greatest(
        (
            SELECT last.at + interval '24 hours'
            FROM (SELECT max(declined_at) AS at FROM card_attempts WHERE user_id = of_user AND declined_at > now() - interval '24 hours') AS last
            WHERE (SELECT count(*) FROM card_attempts WHERE user_id = of_user AND declined_at > last.at - interval '24 hours') >= user_max
        ),
        (
            SELECT last.at + interval '24 hours'
            FROM (SELECT max(declined_at) AS at FROM card_attempts WHERE network = of_network AND declined_at > now() - interval '24 hours') AS last
            WHERE (SELECT count(*) FROM card_attempts WHERE network = of_network AND declined_at > last.at - interval '24 hours') >= network_max
        )
    )
$$;
