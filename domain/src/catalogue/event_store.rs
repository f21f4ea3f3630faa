//! SQL of an event's page. It only reads.

use model::{EventId, ListingId, UserId, VenueId, events::SECTIONS_MAX, tickets::SplitRule};
use serde::Deserialize;
use sqlx::{PgExecutor, types::Json};
use time::OffsetDateTime;

use super::offers::offers;
use crate::tickets::{
    row::ListingRow,
    state::{PAYMENT_GRACE, TicketRow},
};

/// An event with its venue, and what is on sale for it.
pub(crate) struct EventRow {
    pub(crate) id: EventId,
    pub(crate) title: String,
    pub(crate) category: String,
    pub(crate) venue_id: VenueId,
    pub(crate) venue: String,
    pub(crate) city: String,
    pub(crate) starts_at: OffsetDateTime,
    /// The start that it had before it was last moved.
    pub(crate) moved_from: Option<OffsetDateTime>,
    pub(crate) is_cancelled: bool,
    /// Whether the clocks of the venue show the start for the second time.
    pub(crate) is_second_hour: bool,
    pub(crate) time_zone: String,
    /// Until when a ticket that is sold now and not in hand has to be handed in.
    pub(crate) promised_until: OffsetDateTime,
    pub(crate) now: OffsetDateTime,
    /// How many tickets are on sale.
    pub(crate) tickets: i64,
    /// The lowest price among them.
    pub(crate) cheapest_cents: Option<i64>,
    /// How many listings have tickets to buy or to wait for.
    pub(crate) listed: i64,
    /// How many listings that the conditions let through have tickets to buy or to wait for.
    pub(crate) listing_count: i64,
    /// The first of them: those on sale, cheapest first, then those that are locked.
    pub(crate) listings: Json<Vec<OfferRow>>,
    /// The sections with tickets on sale, cheapest first. General admission has an empty name.
    pub(crate) sections: Json<Vec<SectionRow>>,
    /// Each price in cents with the number of tickets on sale for it, in ascending order.
    pub(crate) prices: Json<Vec<(i64, i64)>>,
}

/// Which listings to read. `None` does not filter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) section: Option<&'a str>,
    /// The highest price of one ticket.
    pub(crate) max_cents: Option<i64>,
    /// How many tickets an order may take; of a locked listing, once it is free again.
    pub(crate) together: Option<i64>,
    /// Only listings whose free tickets are in hand.
    pub(crate) is_in_hand: bool,
}

/// What is on sale in a section.
#[derive(Deserialize)]
pub(crate) struct SectionRow {
    pub(crate) name: String,
    pub(crate) tickets: i64,
    pub(crate) cheapest_cents: i64,
}

/// A listing of an event.
#[derive(Deserialize)]
pub(crate) struct OfferRow {
    id: ListingId,
    seller_id: UserId,
    section: String,
    seat_row: String,
    price_cents: i64,
    face_value_cents: Option<i64>,
    split: SplitRule,
    version: i32,
    waiting: i32,
    is_waitlist_closed: bool,
    tickets: Vec<TicketRow>,
}

impl OfferRow {
    /// The same with its event.
    pub(crate) fn into_listing(self, event: &EventRow) -> ListingRow {
        ListingRow {
            id: self.id,
            event_id: event.id,
            seller_id: self.seller_id,
            title: event.title.clone(),
            category: event.category.clone(),
            venue: event.venue.clone(),
            city: event.city.clone(),
            starts_at: event.starts_at,
            is_cancelled: event.is_cancelled,
            time_zone: event.time_zone.clone(),
            promised_until: event.promised_until,
            section: self.section,
            seat_row: self.seat_row,
            price_cents: self.price_cents,
            face_value_cents: self.face_value_cents,
            split: self.split,
            version: self.version,
            waiting: self.waiting,
            is_waitlist_closed: self.is_waitlist_closed,
            tickets: Json(self.tickets),
            my_position: None,
            facts: None,
            now: event.now,
        }
    }
}

/// The event whose id ends with these digits, with at most `limit` listings.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    digits: &str,
    conditions: Conditions<'_>,
    limit: i64,
) -> sqlx::Result<Option<EventRow>> {
    let Conditions { section, max_cents, together, is_in_hand } = conditions;
    offers!(
        EventRow,
        r#"
        WITH event AS (
            SELECT e.id, e.title, e.category, v.id AS venue_id, v.name AS venue, v.city, e.starts_at, e.sale_ends_at, e.cancelled_at,
                e.is_second_hour, v.time_zone
            FROM events e JOIN venues v ON v.id = e.venue_id WHERE right(e.id::text, 12) = $2
        ), offers AS MATERIALIZED (
            SELECT o.* FROM event e
        "#,
        r#"
        ), page AS (
            SELECT *, count(*) OVER () AS of FROM offers
            WHERE ($4::text IS NULL OR lower(section) = lower($4)) AND ($5::bigint IS NULL OR price_cents <= $5)
                AND ($6::bigint IS NULL OR split_allows(split, CASE WHEN is_on_sale THEN free ELSE free + held END, $6))
                AND (NOT $8::boolean OR is_in_hand)
            ORDER BY is_on_sale DESC, price_cents, id LIMIT $3
        )
        SELECT e.id AS "id: EventId", e.title, e.category, e.venue_id AS "venue_id: VenueId", e.venue, e.city, e.starts_at, e.is_second_hour, e.time_zone, statement_timestamp() AS "now!", promised_until(e.starts_at, statement_timestamp()) AS "promised_until!",
            (SELECT m.starts_at FROM event_moves m WHERE m.event_id = e.id ORDER BY m.id DESC LIMIT 1) AS moved_from, e.cancelled_at IS NOT NULL AS "is_cancelled!",
            (SELECT coalesce(sum(free) FILTER (WHERE is_on_sale), 0)::bigint FROM offers) AS "tickets!",
            (SELECT min(price_cents) FILTER (WHERE is_on_sale) FROM offers) AS cheapest_cents,
            (SELECT count(*) FROM offers) AS "listed!",
            coalesce((SELECT of FROM page LIMIT 1), 0) AS "listing_count!",
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'tickets', s.tickets, 'cheapest_cents', s.cheapest_cents)), '[]')
                FROM (
                    SELECT min(section) AS name, sum(free) AS tickets, min(price_cents) AS cheapest_cents
                    FROM offers WHERE is_on_sale GROUP BY lower(section) ORDER BY min(price_cents), min(section) LIMIT $7
                ) s
            ) AS "sections!: Json<Vec<SectionRow>>",
            (
                SELECT coalesce(jsonb_agg(jsonb_build_array(p.price_cents, p.free) ORDER BY p.price_cents), '[]')
                FROM (SELECT price_cents, sum(free) AS free FROM offers WHERE is_on_sale GROUP BY price_cents) p
            ) AS "prices!: Json<Vec<(i64, i64)>>",
            (
                SELECT coalesce(jsonb_agg(
                    jsonb_build_object(
                        'id', l.id, 'seller_id', l.seller_id, 'section', l.section, 'seat_row', l.seat_row, 'price_cents', l.price_cents,
                        'face_value_cents', l.face_value_cents,
                        'split', l.split, 'version', l.version, 'waiting', l.waiting, 'is_waitlist_closed', l.is_waitlist_closed,
                        'tickets', (SELECT a.tickets FROM listing_tickets a WHERE a.listing_id = l.id)
                    ) ORDER BY p.is_on_sale DESC, p.price_cents, p.id
                ), '[]') FROM page p JOIN listings l ON l.id = p.id
            ) AS "listings!: Json<Vec<OfferRow>>"
        FROM event e
        "#,
        PAYMENT_GRACE.as_seconds_f64(),
        digits,
        limit,
        section,
        max_cents,
        together,
        i64::try_from(SECTIONS_MAX).unwrap_or(i64::MAX),
        is_in_hand,
    )
    .fetch_optional(db)
    .await
}

/// What the newest tickets that were sold for an event cost each, newest first.
pub(crate) async fn last_sold(db: impl PgExecutor<'_>, event: EventId, limit: i64) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar!(
        "
        SELECT o.ticket_price_cents FROM listings l CROSS JOIN LATERAL (
            SELECT id, ticket_price_cents FROM orders WHERE listing_id = l.id AND status IN ('complete', 'partly_refunded') ORDER BY id DESC LIMIT $2
        ) o
        WHERE l.event_id = $1 ORDER BY o.id DESC LIMIT $2
        ",
        event.as_uuid(),
        limit,
    )
    .fetch_all(db)
    .await
}
