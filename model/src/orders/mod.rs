//! Orders as their buyer and their seller see them.

mod status;
mod timeline;

use serde::{Deserialize, Serialize};

pub use self::{
    status::OrderStatus,
    timeline::{Happening, TimelineEntry},
};
use crate::{EventTime, Moment, Money, OrderId, TicketId};

/// What an order says of its ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTicket {
    /// Its id.
    pub id: TicketId,
    /// Name of the event.
    pub title: String,
    /// Name of the venue.
    pub venue: String,
    /// The city it stands in.
    pub city: String,
    /// When the event starts.
    pub starts: EventTime,
    /// Where the holder sits or stands.
    pub place: String,
}

/// Whether a ticket can be locked again, after an order for it that ended without a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketNow {
    /// By anybody.
    Free,
    /// Not while somebody else holds it, or waits in line for it.
    Held,
    /// It is sold or withdrawn, or its event has started.
    Gone,
}

/// How far a refund has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// The money is on its way back.
    Started,
    /// It has not gone back so far: the card's bank did not take it, or Stripe refuses.
    Failed,
    /// The money has gone back.
    Done,
}

/// An order as its buyer sees it, on its page and in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Where it stands. One past its end reads as [`OrderStatus::Expired`], whether or not
    /// a job has said so yet.
    pub status: OrderStatus,
    /// The ticket it holds or has bought.
    pub ticket: OrderTicket,
    /// What the buyer pays: the price when the ticket was locked.
    pub price: Money,
    /// When the lock ends.
    pub expires_at: Moment,
    /// The server's clock when this view was made, in Unix milliseconds: the countdown's zero,
    /// because the browser's own clock may be wrong.
    pub server_now_ms: i64,
    /// When the order was made.
    pub created_at: Moment,
    /// With an order that reads as expired: a card may have been sent for it at the last moment, and what
    /// Stripe made of that is not known yet. Until it is, nothing is final.
    pub is_undecided: bool,
    /// With an order that ended without a sale: whether the ticket can be locked again now.
    pub ticket_now: Option<TicketNow>,
    /// It was cancelled because the last card allowed was declined, and not by its buyer.
    pub ended_by_declines: bool,
    /// Cards tried and declined so far.
    pub declined_attempts: i32,
    /// How many declined cards end the order.
    pub attempts_allowed: i32,
    /// How far money that was taken for this order has come back, if it is to.
    pub refund: Option<Refund>,
    /// What happened, newest last; empty in a list.
    pub timeline: Vec<TimelineEntry>,
}

impl OrderView {
    /// Whether nothing is left to pay or to wait for.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !self.status.is_open() && !self.is_undecided
    }

    /// Whether this is how the order stood before `other`: an answer that was overtaken on its way.
    /// A timeline only grows.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        (self.timeline.len(), self.server_now_ms) < (other.timeline.len(), other.server_now_ms)
    }
}

/// What became of a listing's newest lock, as its seller sees it: who bought is not theirs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleView {
    /// Name of the event.
    pub title: String,
    /// What happened, newest last; empty where nobody holds the ticket or has bought it.
    pub timeline: Vec<TimelineEntry>,
}

/// One page of my orders, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPage {
    /// At most [`crate::tickets::PAGE_SIZE`].
    pub orders: Vec<OrderView>,
    /// The cursor of the next page, if there is one.
    pub next: Option<OrderId>,
}
