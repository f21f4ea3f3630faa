//! What users watch, as they see it.

use serde::{Deserialize, Serialize};

use crate::{EventTime, ListingId, Money, WatchId, tickets::Availability};

/// A user's wish to be told about an event or a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its id.
    pub id: WatchId,
    /// The highest price of one ticket that is told, of an event.
    pub under: Option<Money>,
    /// Whether news is mailed at once; otherwise once a day.
    pub at_once: bool,
}

/// The part of an event's page that depends on its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventReader {
    /// Whether the reader is signed in.
    pub is_signed_in: bool,
    /// Their watch of the event.
    pub watch: Option<Watch>,
}

/// One row of the page of what a user watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedView {
    /// The watch.
    pub watch: Watch,
    /// The end of the address of the event, `/events/{slug}`.
    pub event: String,
    /// Name of the event.
    pub title: String,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When the event starts.
    pub starts: EventTime,
    /// Whether the event is cancelled.
    pub is_cancelled: bool,
    /// The lowest price of one ticket that is on sale, of an event.
    pub cheapest: Option<Money>,
    /// The listing, if only that is watched.
    pub listing: Option<WatchedListing>,
}

/// A listing that a user watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedListing {
    /// Its id.
    pub id: ListingId,
    /// The holder's place: `Section A · Row 3 · Seat 12`.
    pub place: String,
    /// The price of one ticket.
    pub price: Money,
    /// Whether it can be bought.
    pub availability: Availability,
}
