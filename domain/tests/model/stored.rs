//! The rows that `snapshot.sql` reads.

use domain::outbox;
use model::{EventId, ListingId, OrderId, PaymentId, TicketId, UserId, disputes::DisputeStatus};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Stored {
    pub(crate) rows: String,
    pub(crate) money: String,
    pub(crate) venues: usize,
    pub(crate) events: usize,
    pub(crate) listings: Vec<StoredListing>,
    /// In the order of their seats.
    pub(crate) tickets: Vec<StoredTicket>,
    /// In the order in which they were made.
    pub(crate) orders: Vec<StoredOrder>,
    pub(crate) payments: Vec<StoredPayment>,
    pub(crate) webhooks: Vec<StoredWebhook>,
    pub(crate) outbox: Vec<outbox::Job>,
}

#[derive(Deserialize)]
pub(crate) struct StoredListing {
    pub(crate) id: ListingId,
    pub(crate) event: EventId,
    pub(crate) waitlist: Vec<StoredEntry>,
}

#[derive(Deserialize)]
pub(crate) struct StoredEntry {
    pub(crate) who: UserId,
    pub(crate) wanted: usize,
}

#[derive(Deserialize)]
pub(crate) struct StoredTicket {
    pub(crate) id: TicketId,
    pub(crate) listing: ListingId,
    pub(crate) order: Option<OrderId>,
    pub(crate) has_payment: bool,
    pub(crate) takes_place: bool,
}

#[derive(Deserialize)]
pub(crate) struct StoredOrder {
    pub(crate) id: OrderId,
    pub(crate) listing: ListingId,
    pub(crate) buyer: UserId,
    pub(crate) from_waitlist: bool,
    pub(crate) wanted: bool,
    pub(crate) tickets: Vec<TicketId>,
    pub(crate) seats: Vec<String>,
    pub(crate) version: i32,
}

#[derive(Deserialize)]
pub(crate) struct StoredPayment {
    pub(crate) id: PaymentId,
    pub(crate) order: OrderId,
    pub(crate) attempt: u32,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) recorded: bool,
    pub(crate) booked: [i64; 4],
    pub(crate) failed_refunds: usize,
    pub(crate) dispute: Option<DisputeStatus>,
}

#[derive(Deserialize)]
pub(crate) struct StoredWebhook {
    pub(crate) id: String,
    pub(crate) handled: bool,
}
