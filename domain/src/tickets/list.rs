//! Listing tickets.

use model::{
    AppError, Code, DraftId, EventId, ListingId, UserId,
    error::Field,
    tickets::{ListingInput, limits},
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    bounds, fall_store,
    fields::Listing,
    store::{self, NewListing},
};
use crate::{
    Backend,
    catalogue::store::{NewEvent, find_or_make_event, find_or_make_venue, known_venue},
    database, drafts,
    orders::limits::store::lock_buyers,
    text::parse_name,
};

/// Why the tickets were not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A field of the form is missing or out of bounds.
    #[error("the listing is not valid")]
    Invalid(AppError),
    /// The event is cancelled.
    #[error("the event is cancelled")]
    EventCancelled,
    /// The seller has as many listings on sale as they may.
    #[error("the seller has too many listings on sale")]
    TooMany {
        /// The most that they may have.
        limit: u32,
    },
    /// The account was deleted a moment ago.
    #[error("the seller has no account")]
    NoAccount,
    /// A query that stores the listing failed.
    #[error("the listing was not stored")]
    Database(#[from] sqlx::Error),
}

/// Lists tickets for an event: any user except their seller can buy them. The venue and the event are made if no one
/// has listed for them before.
///
/// # Errors
///
/// Each variant of [`ListError`] is one reason.
pub async fn list(backend: &Backend, seller: UserId, input: &ListingInput) -> Result<ListingId, ListError> {
    list_draft(backend, seller, input, None).await
}

/// The same, from a form that was saved as `draft`: the draft of the seller is deleted with it.
///
/// # Errors
///
/// Each variant of [`ListError`] is one reason.
#[tracing::instrument(name = "ticket.list", skip_all, fields(user.id = %seller))]
pub async fn list_draft(
    backend: &Backend,
    seller: UserId,
    input: &ListingInput,
    draft: Option<DraftId>,
) -> Result<ListingId, ListError> {
    let (parsed, now) = parse(backend, input).await?;
    let mut tx = backend.begin().await?;
    let (event, fields) = event_of(&mut tx, backend, parsed.map_err(ListError::Invalid)?, input, now).await?;
    // After the event's row: who holds it waits for nothing but the account.
    lock_buyers(&mut tx, &[seller]).await?;
    if let Some(limit) = bounds::reached(&mut tx, &backend.rules, seller).await? {
        return Err(ListError::TooMany { limit });
    }
    let listing = NewListing { event, seller, fields: &fields };
    let id = store::insert(&mut tx, &listing).await?.ok_or(ListError::NoAccount)?;
    tx.mark(id);
    if let Some(fall) = fields.fall {
        fall_store::begin(&mut tx, id, fall).await?;
    }
    if let Some(draft) = draft {
        // A form that was never saved has an id all the same.
        drafts::store::delete(&mut *tx, seller, draft).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Parses a form, with the time zone of its venue if that is known, and reads the database's clock.
pub(super) async fn parse(
    backend: &Backend,
    input: &ListingInput,
) -> sqlx::Result<(Result<Listing, AppError>, OffsetDateTime)> {
    // A name that is not valid may be one that PostgreSQL does not take. No venue has an empty name.
    let name = |text: &str, max| parse_name(text, max).unwrap_or_default();
    let (venue, city) = (name(&input.venue, limits::VENUE_MAX), name(&input.city, limits::CITY_MAX));
    let known = known_venue(&backend.db, &venue, &city).await?;
    let time_zone = known.venue.map(|venue| venue.time_zone);
    let parsed = Listing::parse(input, time_zone.as_deref(), known.now);
    let checked = parsed.and_then(|listing| can_be_bought(backend, listing));
    Ok((checked.and_then(|listing| is_allowed(backend, listing)), known.now))
}

/// The listing, if some buyer may hold as many tickets as its split rule sells at least.
fn can_be_bought(backend: &Backend, listing: Listing) -> Result<Listing, AppError> {
    if listing
        .split
        .choices(listing.seats.len(), 0, backend.rules.most_per_order(&listing.starts.time_zone))
        .next()
        .is_some()
    {
        Ok(listing)
    } else {
        Err(AppError::field(Field::Split, Code::SplitTooLarge))
    }
}

/// The listing, if the rule of its place allows the price.
fn is_allowed(backend: &Backend, listing: Listing) -> Result<Listing, AppError> {
    if let Some(rule) = backend.rules.places.at(&listing.starts.time_zone) {
        rule.check(listing.price, listing.face_value)?;
    }
    Ok(listing)
}

/// The event that a listing is for; it is made if there is none.
pub(super) async fn event_of(
    tx: &mut PgConnection,
    backend: &Backend,
    fields: Listing,
    input: &ListingInput,
    now: OffsetDateTime,
) -> Result<(EventId, Listing), ListError> {
    let venue = find_or_make_venue(tx, &fields.venue, &fields.city, &fields.starts.time_zone).await?;
    let fields = if venue.time_zone == fields.starts.time_zone {
        fields
    } else {
        let moved = fields.in_zone(input, &venue.time_zone, now);
        moved.and_then(|listing| is_allowed(backend, listing)).map_err(ListError::Invalid)?
    };
    let event = NewEvent {
        venue: venue.id,
        title: &fields.title,
        category: fields.category,
        starts_local: fields.starts.local,
        is_second_hour: fields.starts.is_second_hour,
        starts_at: fields.starts.at,
    };
    let event = find_or_make_event(tx, &event).await?;
    if event.is_cancelled {
        return Err(ListError::EventCancelled);
    }
    Ok((event.id, fields))
}

impl From<ListError> for AppError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Invalid(problems) => problems,
            ListError::EventCancelled => AppError::field(Field::Title, Code::EventCancelled),
            ListError::TooMany { limit } => AppError::too_many_listings(limit),
            ListError::NoAccount => Code::NotSignedIn.into(),
            ListError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
