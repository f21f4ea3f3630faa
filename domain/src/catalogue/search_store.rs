//! SQL of search. It only reads.

use model::{
    EventId, VenueId,
    events::{SORTED_MAX, Sort},
};
use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

use super::offers::offers;
use crate::{tickets::state::PAYMENT_GRACE, unprepared::Unprepared};

/// The most events, the soonest, whose tickets a search looks for.
const MATCHES_MAX: i64 = 10_000;

/// Which events to find. `None` does not filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// A `tsquery` for the words of an event.
    pub(crate) words: Option<String>,
    pub(crate) category: Option<&'static str>,
    /// How the folded name of the city begins.
    pub(crate) city: Option<String>,
    /// The first and the last day, by the clocks of the venue.
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    /// The highest price of one ticket.
    pub(crate) max_cents: Option<i64>,
    /// How many tickets of one listing an order may take.
    pub(crate) together: Option<i64>,
    /// Only listings whose tickets are in hand.
    pub(crate) is_in_hand: bool,
    pub(crate) venue: Option<VenueId>,
    /// Only the events of the next few starts at which some ticket is on sale: enough for a short list. However many
    /// tickets are locked, the statement walks from one such start to the next.
    pub(crate) is_next_few: bool,
    pub(crate) sort: Sort,
    /// The position after which the page begins.
    pub(crate) after: Option<After>,
}

/// A position in the list of events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    /// Of an event that starts then, with [`Sort::Soonest`].
    Start(OffsetDateTime, EventId),
    /// Of an event with that [`FoundRow::rank`].
    Rank(i64, EventId),
}

impl After {
    fn parts(self) -> (Option<OffsetDateTime>, Option<i64>, Option<EventId>) {
        match self {
            Self::Start(at, id) => (Some(at), None, Some(id)),
            Self::Rank(rank, id) => (None, Some(rank), Some(id)),
        }
    }
}

/// An event with tickets on sale.
pub(crate) struct FoundRow {
    pub(crate) id: EventId,
    pub(crate) title: String,
    pub(crate) category: String,
    pub(crate) venue: String,
    pub(crate) city: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: String,
    /// Of the tickets that the filter lets through.
    pub(crate) tickets: i64,
    pub(crate) cheapest_cents: i64,
    /// The number that the list is sorted by, unless by the start: the lowest price in cents, minus the microseconds from
    /// 1970 to the newest listing, or the smallest difference from a face value in hundredths of a percent of it.
    pub(crate) rank: i64,
}

/// The events with tickets on sale, in the order of the filter.
///
/// It looks at the soonest [`MATCHES_MAX`] events that the filter lets through: with a word that many events have, it is
/// quicker to sort them all than to look at the tickets of each. Of these it looks at an event only if some ticket that
/// starts when it does may be on sale, which is one look into `tickets_free_idx`, and at no more than the soonest 5,000
/// such events, or [`SORTED_MAX`] where it has to read all of their tickets before it can sort them. Tickets whose lock
/// has just ended are in another index, until the sweep comes; if there are very many, it reads only some of them.
///
/// PostgreSQL plans the statement for its values each time: it takes the index of words if few events have them, and
/// walks the events in the order of their start if many do.
pub(crate) async fn search(db: impl PgExecutor<'_>, filter: &Filter, limit: i64) -> sqlx::Result<Vec<FoundRow>> {
    let Filter { words, category, city, from, to, max_cents, together, venue, is_next_few, sort, after, .. } = filter;
    let (after_start, after_rank, after_id) = after.map(After::parts).unwrap_or_default();
    let candidates = if *sort == Sort::Soonest { 5_000 } else { i64::try_from(SORTED_MAX).unwrap_or(i64::MAX) };
    offers!(
        FoundRow,
        r#"
        SELECT e.id AS "id: EventId", e.title, e.category, v.name AS venue, v.city, e.starts_at, v.time_zone,
            s.tickets AS "tickets!", s.cheapest_cents AS "cheapest_cents!", r.rank AS "rank!"
        FROM (SELECT * FROM (
            SELECT e.id, e.venue_id, e.title, e.category, e.starts_at, e.sale_ends_at
            FROM events e
            WHERE e.starts_at > statement_timestamp()
                AND ($2::text IS NULL OR e.words @@ $2::text::tsquery)
                AND ($3::text IS NULL OR e.category = $3)
                AND ($4::text IS NULL OR e.venue_id = ANY(ARRAY(
                    SELECT v.id FROM venues v WHERE starts_with(array_to_string(search_words(v.city_key), ' '), $4)
                )))
                AND ($5::date IS NULL OR (e.starts_local >= $5 AND e.starts_at > $5::date - interval '2 days'))
                AND ($6::date IS NULL OR (e.starts_local < $6::date + 1 AND e.starts_at < $6::date + interval '3 days'))
                AND ($7::timestamptz IS NULL OR (e.starts_at, e.id) > ($7, $8::uuid))
                AND ($12::uuid IS NULL OR e.venue_id = $12)
                AND (NOT $16::boolean OR e.starts_at = ANY(ARRAY(
                    WITH RECURSIVE walk (starts_at, step) AS (
                        (
                            SELECT t.starts_at, 1 FROM tickets t
                            WHERE t.status = 'listed' AND t.order_id IS NULL AND t.starts_at > statement_timestamp()
                            ORDER BY t.starts_at LIMIT 1
                        )
                        UNION ALL
                        SELECT n.starts_at, w.step + 1 FROM walk w CROSS JOIN LATERAL (
                            SELECT t.starts_at FROM tickets t
                            WHERE t.status = 'listed' AND t.order_id IS NULL AND t.starts_at > w.starts_at
                            ORDER BY t.starts_at LIMIT 1
                        ) n
                        WHERE w.step < 12
                    )
                    SELECT starts_at FROM walk
                    UNION ALL
                    (
                        SELECT t.starts_at FROM tickets t
                        WHERE t.status = 'listed' AND t.held_until <= statement_timestamp() ORDER BY t.held_until LIMIT 100
                    )
                )))
            ORDER BY e.starts_at, e.id
            LIMIT $17
            ) e
            WHERE e.starts_at = (
                SELECT t.starts_at FROM tickets t
                WHERE t.status = 'listed' AND t.order_id IS NULL AND t.starts_at = e.starts_at
                ORDER BY t.listing_id LIMIT 1
            ) OR e.starts_at = ANY(ARRAY(
                SELECT t.starts_at FROM tickets t
                WHERE t.status = 'listed' AND t.held_until <= statement_timestamp() ORDER BY t.held_until LIMIT 1000
            ))
            ORDER BY e.starts_at, e.id
            LIMIT $13
        ) e JOIN venues v ON v.id = e.venue_id CROSS JOIN LATERAL (
            SELECT sum(o.free)::bigint AS tickets, min(o.price_cents) AS cheapest_cents, max(o.created_at) AS newest,
                min(abs(o.price_cents - o.face_value_cents) * 10000 / o.face_value_cents) AS beside_face_value
            FROM (SELECT) AS always
        "#,
        r#"
            WHERE o.is_on_sale AND ($9::bigint IS NULL OR o.price_cents <= $9)
                AND ($10::bigint IS NULL OR split_allows(o.split, o.free, $10))
                AND (NOT $18::boolean OR o.is_in_hand)
        ) s CROSS JOIN LATERAL (
            SELECT CASE $14
                WHEN 'cheapest' THEN s.cheapest_cents
                WHEN 'newest' THEN -(extract(epoch FROM s.newest) * 1000000)::bigint
                WHEN 'facevalue' THEN coalesce(s.beside_face_value, 9000000000)
                ELSE 0
            END AS rank
        ) r
        WHERE s.tickets > 0 AND ($15::bigint IS NULL OR (r.rank, e.id) > ($15, $8::uuid))
        ORDER BY r.rank, CASE WHEN $14 = 'soonest' THEN e.starts_at END, e.id
        LIMIT $11
        "#,
        PAYMENT_GRACE.as_seconds_f64(),
        words.as_deref(),
        *category,
        city.as_deref(),
        *from,
        *to,
        after_start,
        after_id.map(EventId::as_uuid),
        *max_cents,
        *together,
        limit,
        venue.map(VenueId::as_uuid),
        candidates,
        sort.code(),
        after_rank,
        *is_next_few,
        MATCHES_MAX,
        filter.is_in_hand,
    )
    .fetch_all(Unprepared(db))
    .await
}

/// Each word, or the one of an event's words that is most like it, if no event has a word that begins with it.
pub(crate) async fn nearest_words(db: impl PgExecutor<'_>, words: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT CASE
            WHEN EXISTS (SELECT FROM event_words k WHERE k.word >= w.word AND k.word < w.word || U&'\+10FFFF') THEN w.word
            ELSE coalesce(
                (SELECT k.word FROM event_words k WHERE k.word % w.word ORDER BY similarity(k.word, w.word) DESC, k.word LIMIT 1),
                w.word
            )
        END AS "word!"
        FROM unnest($1::text[]) WITH ORDINALITY AS w (word, position)
        ORDER BY w.position
        "#,
        words,
    )
    .fetch_all(db)
    .await
}

/// A city or a venue whose name begins with some text.
pub(crate) struct PlaceRow {
    /// Of the venue; none for a city.
    pub(crate) venue: Option<VenueId>,
    pub(crate) name: String,
    pub(crate) city: String,
    /// How many events there start in the future, 100 at most.
    pub(crate) events: i64,
}

/// At most three cities and three venues with events to come, of those whose folded names begin with `prefix`.
pub(crate) async fn places(db: impl PgExecutor<'_>, prefix: &str) -> sqlx::Result<Vec<PlaceRow>> {
    // The characters that `LIKE` reads as others.
    let pattern = prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_") + "%";
    sqlx::query_as!(
        PlaceRow,
        r#"
        (
            SELECT NULL::uuid AS "venue: VenueId", c.city AS "name!", c.city AS "city!", n.events AS "events!"
            FROM (
                SELECT city_key, min(city) AS city FROM venues WHERE city_key LIKE $1 GROUP BY city_key ORDER BY city_key LIMIT 10
            ) c CROSS JOIN LATERAL (
                SELECT count(*) AS events FROM (
                    SELECT FROM venues v CROSS JOIN LATERAL (
                        SELECT FROM events e WHERE e.venue_id = v.id AND e.starts_at > statement_timestamp() ORDER BY e.starts_at LIMIT 100
                    ) e
                    WHERE v.city_key = c.city_key LIMIT 100
                ) AS counted
            ) n
            WHERE n.events > 0 ORDER BY n.events DESC, c.city LIMIT 3
        ) UNION ALL (
            SELECT v.id, v.name, v.city, n.events
            FROM (SELECT id, name, city FROM venues WHERE name_key LIKE $1 ORDER BY name_key LIMIT 10) v CROSS JOIN LATERAL (
                SELECT count(*) AS events FROM (
                    SELECT FROM events e WHERE e.venue_id = v.id AND e.starts_at > statement_timestamp() ORDER BY e.starts_at LIMIT 100
                ) AS counted
            ) n
            WHERE n.events > 0 ORDER BY n.events DESC, v.name LIMIT 3
        )
        "#,
        pattern,
    )
    .fetch_all(Unprepared(db))
    .await
}
