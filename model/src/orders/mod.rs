//! Orders as their buyer and their seller see them.

mod sales;
mod status;
mod timeline;

use serde::{Deserialize, Serialize};

pub use self::{
    sales::{SalesBar, SalesChart, SalesPeriod},
    status::OrderStatus,
    timeline::{OrderEventKind, TimelineEntry},
};
use crate::{
    EventTime, ListingId, Money, OrderId, TicketId, Timestamp, delivery::GiftSummary, money::PriceParts,
    waitlist::WaitlistEntry,
};

/// The tickets of an order, as they were when they were locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTickets {
    /// Their listing.
    pub listing: ListingId,
    /// The end of the address of their event, `/events/{slug}`. None if the listing is for another event now.
    pub event: Option<String>,
    /// How many there are.
    pub count: usize,
    /// Name of the event.
    pub title: String,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When the event starts, as it was known then.
    pub starts: EventTime,
    /// What has become of it since, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<String>,
    /// Whether it is cancelled.
    #[serde(default)]
    pub is_cancelled: bool,
    /// The holders' places at the venue.
    pub place: String,
}

/// Whether as many tickets of the listing can be locked again, after an order that ended without a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingNow {
    /// Any buyer can lock them.
    Free,
    /// Other buyers hold them.
    Held,
    /// They are sold or withdrawn, or the event has started.
    Gone,
}

/// An unpaid order whose tickets are locked. Every page shows it to its buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedOrder {
    /// The order.
    pub order: OrderId,
    /// Name of the event.
    pub title: String,
    /// Whether it is an offer: its buyer has waited for the tickets.
    pub is_offer: bool,
    /// When the lock ends without a payment.
    pub until: Timestamp,
    /// The time left when this was made, in milliseconds, for a countdown on a clock that may be wrong.
    pub left_ms: i64,
}

/// What an order's buyer sends to lock its tickets again after it has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockAgain {
    /// The version of the listing, which is that of the order: the buyer has seen it.
    pub version: i32,
    /// The price of one ticket.
    pub price: Money,
    /// The same tickets, if all of them are free. Otherwise the buyer gets as many others.
    pub tickets: Vec<TicketId>,
}

/// The progress of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// The refund is in progress.
    Started,
    /// The refund failed so far: the card's bank did not accept it, or Stripe refuses it.
    Failed,
    /// The money is refunded.
    Done,
}

/// An order as its buyer sees it, on its page and in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Its status. An order past its end reads as [`OrderStatus::Expired`], whether or not
    /// a job has recorded that yet.
    pub status: OrderStatus,
    /// The tickets that it holds or has bought.
    pub tickets: OrderTickets,
    /// The price that the buyer pays for all of them: that of the listing when they were locked.
    pub price: Money,
    /// What each side gets of the price, while the buyer can pay and when they have bought. The fee is that of the
    /// moment of the lock.
    #[serde(default)]
    pub parts: Option<PriceParts>,
    /// When the lock ends.
    pub expires_at: Timestamp,
    /// The server's clock when this view was made, in Unix milliseconds: the reference of the countdown,
    /// because the browser's own clock may be wrong.
    pub server_now_ms: i64,
    /// When the order was created.
    pub created_at: Timestamp,
    /// For an order that reads as expired: a card may have been sent at the last moment, and Stripe's
    /// result is not known yet. Until it is known, the order is not final.
    pub is_undecided: bool,
    /// For an order that ended without a sale: whether the tickets can be locked again.
    pub listing_now: Option<ListingNow>,
    /// For an order that its buyer or the time has ended, while as many tickets of the same version can be locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<LockAgain>,
    /// Whether declined cards ended it, and not its buyer.
    pub ended_by_declines: bool,
    /// The number of declined cards.
    pub declined_attempts: i32,
    /// The number of declined cards that ends the order.
    pub attempts_allowed: i32,
    /// The progress of the order's refund, if there is one that is not over, or that returned all of the money.
    pub refund: Option<Refund>,
    /// How much was refunded so far, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// What Stripe took, where that was another amount than the price: the operator decides what becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_amount: Option<Money>,
    /// What the buyer's bank makes of the payment, for people, if it has questioned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<String>,
    /// The order's events, newest last; empty in a list.
    pub timeline: Vec<TimelineEntry>,
}

impl OrderView {
    /// Whether the buyer has nothing left to pay or to wait for.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !self.status.is_open() && !self.is_undecided
    }

    /// Whether this view is older than `other`: responses can arrive out of order.
    /// A timeline only grows.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        (self.timeline.len(), self.server_now_ms) < (other.timeline.len(), other.server_now_ms)
    }
}

/// An order of a listing, as its seller sees it: the seller may not know the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The places of its tickets.
    pub place: String,
    /// What the buyer pays for all of them.
    pub price: Money,
    /// What each side gets of it.
    #[serde(default)]
    pub parts: Option<PriceParts>,
    /// How much was refunded so far, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// What the buyer's bank makes of the payment, for people, if it has questioned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<String>,
    /// The order's events, newest last.
    pub timeline: Vec<TimelineEntry>,
}

/// The orders that hold or have bought tickets of a listing, as its seller sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleView {
    /// Name of the event.
    pub title: String,
    /// The orders, newest first; none if no ticket is locked or sold.
    pub sales: Vec<Sale>,
}

/// One page of a list of a buyer's orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The orders.
    pub orders: Vec<OrderView>,
    /// The cursor of the next page, if there is one.
    pub next: Option<OrderId>,
}

/// What a buyer has. Each order is in one of the three lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyTickets {
    /// Orders to be paid for, or whose payment is being checked ([`OrderView::is_decided`] is false), newest first. At most
    /// [`UPCOMING_MAX`].
    pub open: Vec<OrderView>,
    /// Bought tickets for events that are not over, soonest event first. At most [`UPCOMING_MAX`].
    pub upcoming: OrderPage,
    /// How far the first of them is away, for people: `in 3 days`.
    pub starts_in: Option<String>,
    /// The listings that the buyer waits for, soonest event first.
    pub waitlists: Vec<WaitlistEntry>,
    /// All other orders: for events that are over, refunded, cancelled and expired. Newest first, at most
    /// [`crate::tickets::PAGE_SIZE`].
    pub ended: OrderPage,
    /// Tickets that others give to the user, of events that are not over.
    pub gifts: Vec<GiftSummary>,
}

/// The most open orders, and the most upcoming ones, on one page.
pub const UPCOMING_MAX: usize = 50;
