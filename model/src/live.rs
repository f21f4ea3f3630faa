//! Updates about a ticket, for the pages that show it.

use serde::{Deserialize, Serialize};

use crate::{TicketId, tickets::Availability};

/// The public state of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketUpdate {
    /// The ticket.
    pub id: TicketId,
    /// When it was read: [`TicketCard::as_of_us`](crate::tickets::TicketCard::as_of_us). A page ignores an update
    /// that is older than its own state.
    pub as_of_us: i64,
    /// Grows with each edit: a page that shows another version is out of date.
    pub version: i32,
    /// Whether it can be bought.
    pub availability: Availability,
    /// The number of buyers on its waitlist.
    pub waitlist_length: i64,
}

impl TicketUpdate {
    /// Whether this update changes nothing for a page that shows `other`.
    #[must_use]
    pub fn equals_apart_from_time(&self, other: &Self) -> bool {
        Self { as_of_us: other.as_of_us, ..self.clone() } == *other
    }
}
