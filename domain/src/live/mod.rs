//! What becomes of tickets, told to whoever looks at them while it happens.
//!
//! A use-case that has changed a ticket notes it in [`Changes`] once its transaction has ended; `announce`
//! passes what was noted on to every server through PostgreSQL, `hear` hears it there, and `news` reads
//! what has become of the ticket. All of it is a hint and none a promise: whoever shows news looks at the
//! tickets again from time to time, and whoever acts is judged under the ticket's row lock.

#[cfg(feature = "server")]
pub mod announce;
#[cfg(feature = "server")]
mod changes;
#[cfg(feature = "server")]
pub mod hear;
#[cfg(feature = "server")]
pub mod news;
#[cfg(feature = "server")]
mod store;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
pub use self::changes::Changes;
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
