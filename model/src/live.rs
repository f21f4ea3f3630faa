//! Updates about a listing, for the pages that show it.

use serde::{Deserialize, Serialize};

use crate::{ListingId, Money, tickets::Availability};

/// The public state of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingUpdate {
    /// The listing.
    pub id: ListingId,
    /// When it was read: [`ListingCard::as_of_us`](crate::tickets::ListingCard::as_of_us). A page ignores an
    /// update that is older than its own state.
    pub as_of_us: i64,
    /// Grows with each edit: a page that shows another version is out of date.
    pub version: i32,
    /// The price of one ticket.
    // A server of the release before says neither this nor the numbers.
    #[serde(default)]
    pub price: Option<Money>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// How many of its tickets can be bought now.
    pub free: usize,
    /// The numbers of tickets that one order may take now: `1-4`, or `2, 4`. Empty while it cannot be bought.
    #[serde(default)]
    pub together: String,
    /// How each of its tickets stands: the [`letters`](crate::tickets::TicketStatus::letters) of their statuses.
    pub tickets: String,
    /// The number of buyers on its waitlist.
    pub waitlist_length: i64,
}

impl ListingUpdate {
    /// Whether this update changes nothing for a page that shows `other`.
    #[must_use]
    pub fn equals_apart_from_time(&self, other: &Self) -> bool {
        Self { as_of_us: other.as_of_us, ..self.clone() } == *other
    }
}
