//! How a ticket stands, as those who look at it are told.

use serde::{Deserialize, Serialize};

use crate::{TicketId, tickets::Availability};

/// How a ticket stands, as anybody may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketNews {
    /// The ticket.
    pub id: TicketId,
    /// When it stood so: [`TicketCard::as_of_us`](crate::tickets::TicketCard::as_of_us). Whoever knows it
    /// as it was later knows better.
    pub as_of_us: i64,
    /// Grows with each edit: a page that shows another one is out of date.
    pub version: i32,
    /// Whether it can be bought.
    pub availability: Availability,
    /// How many wait in line for it.
    pub line_length: i64,
}

impl TicketNews {
    /// Whether they are no news to whoever knows `other`.
    #[must_use]
    pub fn say_the_same_as(&self, other: &Self) -> bool {
        Self { as_of_us: other.as_of_us, ..self.clone() } == *other
    }
}
