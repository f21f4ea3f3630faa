//! The tickets on sale for an event, in SQL.

/// A query over the listings of events that have tickets to buy or to wait for: the SQL up to the tables that are joined
/// with them, where `e` is the event; the SQL that follows; and its arguments, of which the first is how long a hold
/// with a payment is kept past its end, in seconds.
///
/// `o` is such a listing: `free` tickets can be locked, all of them are in hand if `is_in_hand`, `held` are locked, and
/// `is_on_sale` says whether some number of them can be bought, as `SplitRule::choices` does.
macro_rules! offers {
    ($row:ty, $head:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            $row,
            $head + r#"
            CROSS JOIN LATERAL (
                SELECT l.id, l.section, l.price_cents, l.face_value_cents, l.split, l.created_at, t.free, t.held, t.is_in_hand,
                    t.free > 0 AND (l.split <> 'all_together' OR t.held = 0) AS is_on_sale
                FROM listings l CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE f.is_free) AS free, count(*) FILTER (WHERE NOT f.is_free) AS held,
                        bool_and(t.is_in_hand) FILTER (WHERE f.is_free) AS is_in_hand
                    FROM tickets t CROSS JOIN LATERAL (
                        SELECT t.order_id IS NULL OR (l.waiting = 0 AND t.held_until + make_interval(
                            secs => CASE WHEN t.has_payment THEN $1::float8 ELSE 0 END
                        ) <= statement_timestamp()) AS is_free
                    ) f
                    WHERE t.listing_id = l.id AND t.status = 'listed'
                ) t
                WHERE l.event_id = e.id AND e.sale_ends_at > statement_timestamp() AND t.free + t.held > 0
            ) o
            "# + $tail,
            $($argument),*
        )
    };
}

pub(crate) use offers;
