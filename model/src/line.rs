//! The line before a locked ticket, as those see it who look at the ticket or wait for it.

use serde::{Deserialize, Serialize};

use crate::{EventTime, Moment, OrderId, TicketId};

/// The line before a ticket, as its reader sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How many wait.
    pub length: i64,
    /// The reader's own place in it, from 1.
    pub my_place: Option<i64>,
    /// Whether the ticket is the reader's next, and nobody holds it any more.
    pub is_my_turn: bool,
}

/// A ticket that somebody waits for, as they see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The ticket.
    pub ticket: TicketId,
    /// Name of the event.
    pub title: String,
    /// When it starts, where it takes place.
    pub starts: EventTime,
    /// Their place in its line, from 1.
    pub place: i64,
}

/// A ticket that somebody waited for is locked for them: what every page tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The order that they were given.
    pub order: OrderId,
    /// Name of the event.
    pub title: String,
    /// When it ends, unless they pay.
    pub until: Moment,
    /// What is left of it as this is told, in milliseconds: to count by a clock that may be wrong.
    pub left_ms: i64,
}
