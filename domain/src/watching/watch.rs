//! Beginning to watch an event or a listing.

use model::{
    AppError, Code, ListingId, Money, UserId,
    error::{Field, Problem},
    tickets::Availability,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    WATCHES_MAX,
    store::{self, Put, Target},
};
use crate::{
    Backend,
    catalogue::slug::{digits_in, slug},
    database, tickets,
};

/// Why the user does not watch it.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The highest price is not one.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// There is no such event.
    #[error("there is no such event")]
    NoEvent,
    /// There is no such listing.
    #[error("there is no such listing")]
    NoListing,
    /// The listing is the user's own.
    #[error("the listing is the user's own")]
    OwnListing,
    /// All tickets of the listing are sold.
    #[error("the tickets are sold")]
    Sold,
    /// The listing is withdrawn.
    #[error("the listing is withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The event is cancelled.
    #[error("the event is cancelled")]
    EventCancelled,
    /// The user watches as much as they may.
    #[error("the user watches too much")]
    TooMany,
    /// The account was deleted a moment ago.
    #[error("the user has no account")]
    NoAccount,
    /// A query that reads the event or changes the watch failed.
    #[error("the watch was not stored")]
    Database(#[from] sqlx::Error),
}

/// Watches the event of an address for `user`, who is told of tickets for `under` at most, if they type a price; at once,
/// or once a day. If they watch the event already, this changes how. Returns the end of the address as it is now.
///
/// # Errors
///
/// Each variant of [`WatchError`] is one reason.
#[tracing::instrument(name = "watching.event", skip_all, fields(user.id = %user))]
pub async fn watch_event(
    backend: &Backend,
    user: UserId,
    event: &str,
    under: &str,
    at_once: bool,
) -> Result<String, WatchError> {
    let under = highest_price(under).map_err(WatchError::Invalid)?;
    let digits = digits_in(event).ok_or(WatchError::NoEvent)?;
    let event = store::find_event(&backend.db, digits).await?.ok_or(WatchError::NoEvent)?;
    if event.is_cancelled {
        return Err(WatchError::EventCancelled);
    }
    if event.starts_at <= event.now {
        return Err(WatchError::Started);
    }
    let mut tx = backend.begin().await?;
    put(&mut tx, user, Target::Event { id: event.id, under }, event.starts_at, at_once).await?;
    tx.commit().await?;
    tracing::info!(event.id = %event.id, at_once, "a user watches an event");
    Ok(slug(event.id, &event.title, &event.city, event.starts_at, &event.time_zone))
}

/// Watches a listing for `user`, who is told at once, or once a day. If they watch it already, this changes how.
///
/// # Errors
///
/// Each variant of [`WatchError`] is one reason.
#[tracing::instrument(name = "watching.listing", skip_all, fields(user.id = %user, listing.id = %listing))]
pub async fn watch_listing(
    backend: &Backend,
    user: UserId,
    listing: ListingId,
    at_once: bool,
) -> Result<(), WatchError> {
    let mut tx = backend.begin().await?;
    // A listing that moves to another event moves its watches. It waits until this one is stored.
    store::share_listing(&mut tx, listing).await?;
    let row = tickets::store::find(&mut *tx, listing, None).await?.ok_or(WatchError::NoListing)?;
    if row.seller_id == user {
        return Err(WatchError::OwnListing);
    }
    match row.availability(&backend.rules) {
        Availability::OnSale | Availability::LockedUntil(_) => {}
        Availability::Sold => return Err(WatchError::Sold),
        Availability::Withdrawn => return Err(WatchError::Withdrawn),
        Availability::Started => return Err(WatchError::Started),
        Availability::EventCancelled => return Err(WatchError::EventCancelled),
    }
    put(&mut tx, user, Target::Listing(listing), row.starts_at, at_once).await?;
    tx.commit().await?;
    tracing::info!(at_once, "a user watches a listing");
    Ok(())
}

/// The highest price that is typed, if one is.
fn highest_price(text: &str) -> Result<Option<Money>, AppError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let at_field = |problem: Problem| AppError::from(Problem { field: Some(Field::Under), ..problem });
    Money::parse_price(text).map(Some).map_err(at_field)
}

/// Stores a watch under the account's row lock, which the user's other requests wait for: so the limit holds, and the sweep
/// meets a watch as it was or as it is.
async fn put(
    tx: &mut PgConnection,
    user: UserId,
    target: Target,
    starts_at: OffsetDateTime,
    at_once: bool,
) -> Result<(), WatchError> {
    if !store::lock_account(tx, user).await? {
        return Err(WatchError::NoAccount);
    }
    let watch = Put { user, target, starts_at, at_once };
    if store::change(tx, &watch).await? || store::insert(tx, &watch, WATCHES_MAX).await? {
        return Ok(());
    }
    Err(WatchError::TooMany)
}

impl From<WatchError> for AppError {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Invalid(problems) => problems,
            WatchError::NoEvent => Code::EventNotFound.into(),
            WatchError::NoListing => Code::TicketNotFound.into(),
            WatchError::OwnListing => Code::OwnTicket.into(),
            WatchError::Sold => Code::TicketSold.into(),
            WatchError::Withdrawn => Code::TicketWithdrawn.into(),
            WatchError::Started => Code::EventStarted.into(),
            WatchError::EventCancelled => Code::EventCancelled.into(),
            WatchError::TooMany => Code::TooManyWatches.into(),
            WatchError::NoAccount => Code::NotSignedIn.into(),
            WatchError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_price_is_optional_and_is_a_price() {
        for (typed, price) in
            [("", None), ("  ", None), ("45", Some(4500)), ("$45.50", Some(4550)), ("45,5", Some(4550))]
        {
            assert_eq!(highest_price(typed), Ok(price.map(Money::usd)), "{typed:?}");
        }
        for (typed, code) in [("cheap", Code::InvalidPrice), ("0.10", Code::PriceTooLow), ("€20", Code::OtherCurrency)]
        {
            let refused = highest_price(typed).expect_err("no price");
            assert_eq!((refused.code(), refused.errors()[0].field), (code, Some(Field::Under)), "{typed:?}");
        }
    }
}
