//! A venue and what is on there.

use model::{AppError, Code, EventId, events::VenueView, tickets::PAGE_SIZE};

use super::{
    search::{SearchError, first_of},
    search_store::{After, Filter},
    slug::{digits_in, venue_slug},
    store::{self, NamedVenue},
};
use crate::{Backend, cursor::Cursor, database};

/// Why there is no venue to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowVenueError {
    /// There is no such venue.
    #[error("there is no such venue")]
    NotFound,
    /// Its events were not read.
    #[error("the events of the venue were not read")]
    Events(#[from] SearchError),
    /// The query that reads the venue failed.
    #[error("the venue was not read")]
    Database(#[from] sqlx::Error),
}

/// The venue of an address, `/venues/{slug}`, with one page of its events that have tickets on sale, soonest first. Only
/// the digits at the end of the address count.
///
/// # Errors
///
/// Each variant of [`ShowVenueError`] is one reason.
pub async fn show_venue(backend: &Backend, slug: &str, after: &str) -> Result<VenueView, ShowVenueError> {
    let after = match after {
        "" => None,
        text => Some(Cursor::<EventId>::parse(text).ok_or(SearchError::Cursor)?),
    };
    let digits = digits_in(slug).ok_or(ShowVenueError::NotFound)?;
    let venue = store::venue(&backend.db, digits).await?.ok_or(ShowVenueError::NotFound)?;
    let NamedVenue { id, name, city } = venue;
    let after = after.map(|Cursor(at, id)| After::Start(at, id));
    let (events, next) = first_of(backend, &Filter { venue: Some(id), after, ..Filter::default() }, PAGE_SIZE).await?;
    Ok(VenueView { slug: venue_slug(id, &name, &city), name, city, events, next })
}

/// Whether a text is a cursor of the events of a venue.
#[must_use]
pub fn is_cursor(text: &str) -> bool {
    Cursor::<EventId>::parse(text).is_some()
}

impl From<ShowVenueError> for AppError {
    fn from(error: ShowVenueError) -> Self {
        match error {
            ShowVenueError::NotFound => Code::VenueNotFound.into(),
            ShowVenueError::Events(error) => error.into(),
            ShowVenueError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{events::OfferFilter, tickets::ListingInput};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::event::show_event,
        testing::{self, Listed},
        tickets::{list::list, show::show},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn venue_has_its_own_events(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let elsewhere = ListingInput { venue: "Spreehalle".into(), ..testing::listing_input() };
        list(&backend, ana, &elsewhere).await.expect("lists");
        let event = show(&backend, None, listing).await.expect("shows").event;
        let slug = show_event(&backend, &event, &OfferFilter::default()).await.expect("shows").venue_slug;
        assert!(slug.starts_with("tempodrom-berlin-"), "{slug}");
        let page = show_venue(&backend, &slug, "").await.expect("shows");
        assert_eq!((&*page.name, &*page.city, page.events.len(), &page.slug), ("Tempodrom", "Berlin", 1, &slug));
        assert_eq!(page.events[0].slug, event);
        testing::set_ticket_status(&backend.db, listing, "sold").await;
        assert_eq!(show_venue(&backend, &slug, "").await.expect("shows").events, []);
        for unknown in ["", "x", "tempodrom-berlin-000000000000"] {
            let missing = show_venue(&backend, unknown, "").await;
            assert!(matches!(missing, Err(ShowVenueError::NotFound)), "{unknown}: {missing:?}");
        }
        let broken = show_venue(&backend, &slug, "x").await;
        assert!(matches!(broken, Err(ShowVenueError::Events(SearchError::Cursor))), "{broken:?}");
    }
}
