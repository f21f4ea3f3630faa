//! What goes into the calendar of the buyer.

use model::{OrderId, UserId};
use time::OffsetDateTime;

use super::{open::OpenError, open_store};
use crate::{Backend, tickets::event_time};

/// An event in a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEntry {
    /// The same for each download, so that a calendar replaces the entry of an event that was moved.
    pub uid: String,
    /// Name of the event.
    pub title: String,
    /// Venue and city.
    pub location: String,
    /// What else to know: the local time at the venue, and the page of the tickets.
    pub description: String,
    /// The page of the tickets.
    pub page: String,
    /// When it begins. No one enters when an event ends.
    pub starts_at: OffsetDateTime,
}

/// The entry of an order, for the buyer who has paid for it.
///
/// # Errors
///
/// Each variant of [`OpenError`] is one reason.
pub async fn calendar(backend: &Backend, buyer: UserId, order: OrderId) -> Result<CalendarEntry, OpenError> {
    let row = open_store::find(&backend.db, buyer, order).await?.ok_or(OpenError::NotFound)?;
    if open_store::tickets(&backend.db, buyer, order).await?.is_empty() {
        return Err(OpenError::NotBought);
    }
    let starts = (row.starts_at, event_time::view(row.starts_at, &row.time_zone).text);
    let page = backend.mail.page(&format!("/orders/{order}/tickets"));
    Ok(entry(order.to_string(), (row.title, row.venue, row.city), starts, page))
}

/// The entry of an event with this title, venue and city, at this time, which is also given in words.
pub(super) fn entry(
    uid: String,
    (title, venue, city): (String, String, String),
    (starts_at, starts): (OffsetDateTime, String),
    page: String,
) -> CalendarEntry {
    CalendarEntry {
        uid,
        title,
        location: format!("{venue}, {city}"),
        description: format!("Begins {starts}, {city} time.\nYour tickets: {page}"),
        page,
        starts_at,
    }
}
