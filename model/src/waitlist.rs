//! The waitlist of a locked ticket, for the readers of its page and the buyers on it.

use serde::{Deserialize, Serialize};

use crate::{EventTime, OrderId, TicketId, Timestamp};

/// A ticket's waitlist, as the reader sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waitlist {
    /// The number of buyers on it.
    pub length: i64,
    /// The reader's own position, from 1.
    pub my_position: Option<i64>,
    /// Whether the ticket is offered to the reader and has no lock.
    pub is_offered_to_me: bool,
}

/// A ticket that a buyer waits for, as the buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistEntry {
    /// The ticket.
    pub ticket: TicketId,
    /// Name of the event.
    pub title: String,
    /// When it starts, in the venue's time zone.
    pub starts: EventTime,
    /// The buyer's position on the waitlist, from 1.
    pub position: i64,
}

/// An offer: a ticket that its buyer waited for is locked for them. Every page shows it.
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
