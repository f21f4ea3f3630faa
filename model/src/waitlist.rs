//! The waitlist of a listing, for the readers of its page and the buyers on it.

use serde::{Deserialize, Serialize};

use crate::{EventTime, ListingId};

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
