//! SQL of venues and events.

use jiff::civil;
use model::{EventId, VenueId, tickets::Category};
use sqlx::{PgConnection, PgExecutor};
use time::{OffsetDateTime, PrimitiveDateTime};

use super::fold::fold;
use crate::ids::fresh;

/// A venue as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Venue {
    pub(crate) id: VenueId,
    /// IANA name.
    pub(crate) time_zone: String,
}

/// The database's clock, and the venue of this name, if it is known.
pub(crate) struct KnownVenue {
    pub(crate) now: OffsetDateTime,
    pub(crate) venue: Option<Venue>,
}

/// Reads the clock, and the venue of a name in a city.
pub(crate) async fn known_venue(db: impl PgExecutor<'_>, name: &str, city: &str) -> sqlx::Result<KnownVenue> {
    let row = sqlx::query!(
        r#"
        SELECT clock_timestamp() AS "now!", v.id AS "id?: VenueId", v.time_zone AS "time_zone?"
        FROM (SELECT) AS always LEFT JOIN venues v ON v.name_key = $1 AND v.city_key = $2
        "#,
        fold(name),
        fold(city),
    )
    .fetch_one(db)
    .await?;
    let venue = row.id.zip(row.time_zone).map(|(id, time_zone)| Venue { id, time_zone });
    Ok(KnownVenue { now: row.now, venue })
}

/// A venue with its names.
pub(crate) struct NamedVenue {
    pub(crate) id: VenueId,
    pub(crate) name: String,
    pub(crate) city: String,
}

/// The venue whose id ends with these digits.
pub(crate) async fn venue(db: impl PgExecutor<'_>, digits: &str) -> sqlx::Result<Option<NamedVenue>> {
    sqlx::query_as!(
        NamedVenue,
        r#"SELECT id AS "id: VenueId", name, city FROM venues WHERE right(id::text, 12) = $1"#,
        digits,
    )
    .fetch_optional(db)
    .await
}

/// Returns the venue of a name in a city, and makes it if there is none. A venue that exists keeps its time zone.
pub(crate) async fn find_or_make_venue(
    tx: &mut PgConnection,
    name: &str,
    city: &str,
    time_zone: &str,
) -> sqlx::Result<Venue> {
    // Another transaction may make it at the same moment: then this one waits for that one, and reads what it made.
    sqlx::query!(
        "
        INSERT INTO venues (id, name, city, name_key, city_key, time_zone) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (name_key, city_key) DO NOTHING
        ",
        fresh::<VenueId>().as_uuid(),
        name,
        city,
        fold(name),
        fold(city),
        time_zone,
    )
    .execute(&mut *tx)
    .await?;
    known_venue(&mut *tx, name, city).await?.venue.ok_or(sqlx::Error::RowNotFound)
}

/// An event as a listing names it.
pub(crate) struct NewEvent<'a> {
    pub(crate) venue: VenueId,
    pub(crate) title: &'a str,
    pub(crate) category: Category,
    /// On the clocks of the venue.
    pub(crate) starts_local: civil::DateTime,
    /// Whether the clocks show this time for the second time, on the night when they go back.
    pub(crate) is_second_hour: bool,
    pub(crate) starts_at: OffsetDateTime,
}

/// An event that a listing may be for.
pub(crate) struct KnownEvent {
    pub(crate) id: EventId,
    pub(crate) is_cancelled: bool,
}

/// Returns the event of this title, venue and start, and makes it if there is none. An event that exists keeps its
/// title and category. One that was moved away from this start is the same event: older tickets bear that date.
///
/// It shares the event's row lock until the end of the transaction, so that it is not cancelled or moved meanwhile.
pub(crate) async fn find_or_make_event(tx: &mut PgConnection, event: &NewEvent<'_>) -> sqlx::Result<KnownEvent> {
    let title_key = fold(event.title);
    let starts_local = primitive(event.starts_local);
    sqlx::query!(
        "
        INSERT INTO events (id, venue_id, title, title_key, category, starts_local, is_second_hour, starts_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8
        WHERE NOT EXISTS (
            SELECT FROM event_moves m JOIN events e ON e.id = m.event_id
            WHERE m.starts_at = $8 AND e.venue_id = $2 AND e.title_key = $4
        )
        ON CONFLICT (venue_id, starts_local, is_second_hour, title_key) DO NOTHING
        ",
        fresh::<EventId>().as_uuid(),
        event.venue.as_uuid(),
        event.title,
        title_key,
        event.category.code(),
        starts_local,
        event.is_second_hour,
        event.starts_at,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_as!(
        KnownEvent,
        r#"
        SELECT id AS "id: EventId", cancelled_at IS NOT NULL AS "is_cancelled!" FROM events
        WHERE id = coalesce(
            (SELECT id FROM events WHERE venue_id = $1 AND starts_local = $2 AND is_second_hour = $3 AND title_key = $4),
            (
                SELECT e.id FROM event_moves m JOIN events e ON e.id = m.event_id
                WHERE m.starts_at = $5 AND e.venue_id = $1 AND e.title_key = $4 ORDER BY m.id DESC LIMIT 1
            )
        )
        FOR KEY SHARE
        "#,
        event.venue.as_uuid(),
        starts_local,
        event.is_second_hour,
        title_key,
        event.starts_at,
    )
    .fetch_one(tx)
    .await
}

/// The same time in the type that the database's driver takes.
pub(super) fn primitive(local: civil::DateTime) -> PrimitiveDateTime {
    let since_1970 = jiff::tz::TimeZone::UTC.to_timestamp(local).map_or(0, jiff::Timestamp::as_second);
    let utc = OffsetDateTime::from_unix_timestamp(since_1970).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    PrimitiveDateTime::new(utc.date(), utc.time())
}
