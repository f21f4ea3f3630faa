//! What a user watches.

use std::collections::HashMap;

use model::{
    AppError, ListingId, Money, UserId, WatchId,
    watching::{Watch, WatchedListing, WatchedView},
};

use super::store::{self, WatchRow};
use crate::{
    Backend,
    catalogue::slug::{digits_in, slug},
    database,
    tickets::{self, event_time, row::ListingRow},
};

/// A query that reads what the user watches failed.
#[derive(Debug, thiserror::Error)]
#[error("what the user watches was not read")]
pub struct MyWatchesError(#[from] sqlx::Error);

/// All that `user` watches of events that have not started, soonest event first; at most
/// [`WATCHES_MAX`](super::WATCHES_MAX).
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, user: UserId) -> Result<Vec<WatchedView>, MyWatchesError> {
    let rows = store::of_user(&backend.db, user).await?;
    let ids: Vec<ListingId> = rows.iter().filter_map(|row| row.listing_id).collect();
    let listings = if ids.is_empty() { Vec::new() } else { tickets::store::find_all(&backend.db, &ids).await? };
    let listings: HashMap<_, _> = listings.into_iter().map(|listing| (listing.id, listing)).collect();
    Ok(rows.into_iter().map(|row| view(backend, row, &listings)).collect())
}

fn view(backend: &Backend, row: WatchRow, listings: &HashMap<ListingId, ListingRow>) -> WatchedView {
    let listing = row.listing_id.and_then(|id| listings.get(&id)).map(|listing| WatchedListing {
        id: listing.id,
        place: listing.place(),
        price: listing.price(),
        availability: listing.availability(&backend.rules),
    });
    WatchedView {
        watch: watch(row.id, row.under_cents, row.at_once),
        event: slug(row.event_id, &row.title, &row.city, row.starts_at, &row.time_zone),
        starts: event_time::view(row.starts_at, &row.time_zone),
        is_cancelled: row.is_cancelled,
        cheapest: row.cheapest_cents.map(Money::usd),
        title: row.title,
        venue: row.venue,
        city: row.city,
        listing,
    }
}

/// The watch that `user` has of the event of an address, if they have one.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_event(backend: &Backend, user: UserId, event: &str) -> Result<Option<Watch>, MyWatchesError> {
    let Some(digits) = digits_in(event) else { return Ok(None) };
    let row = store::of_event(&backend.db, user, digits).await?;
    Ok(row.map(|row| watch(row.id, row.under_cents, row.at_once)))
}

fn watch(id: WatchId, under_cents: Option<i64>, at_once: bool) -> Watch {
    Watch { id, under: under_cents.map(Money::usd), at_once }
}

impl From<MyWatchesError> for AppError {
    fn from(MyWatchesError(error): MyWatchesError) -> Self {
        database::public_code(&error).into()
    }
}
