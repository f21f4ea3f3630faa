//! The waitlist of a listing, for the readers of its page and the buyers on it.

use serde::{Deserialize, Serialize};

use crate::{EventTime, ListingId, OrderId, Timestamp};

/// A listing's waitlist, as the reader sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waitlist {
    /// The number of buyers on it.
    pub length: i64,
    /// Whether the seller has closed it: those on it stay, and no one joins.
    pub is_closed: bool,
    /// The reader's own position, from 1.
    pub my_position: Option<i64>,
}

/// A listing that a buyer waits for, as the buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistEntry {
    /// The listing.
    pub listing: ListingId,
    /// How many tickets the buyer wants.
    pub wanted: usize,
    /// Name of the event.
    pub title: String,
    /// When it starts, in the venue's time zone.
    pub starts: EventTime,
    /// The buyer's position on the waitlist, from 1.
    pub position: i64,
}

/// An offer: tickets that their buyer waited for are locked for them. Every page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The order of the offer.
    pub order: OrderId,
    /// Name of the event.
    pub title: String,
    /// When the offer ends without a payment.
    pub until: Timestamp,
    /// The time left when this was made, in milliseconds, for a countdown on a clock that may be wrong.
    pub left_ms: i64,
}
