//! The types that server and browser share: ids, money, the codes of errors and their messages, the fields of forms
//! with their parsers, and the views of pages.
//!
//! This crate reads no clock, makes no random numbers and does no I/O: the browser downloads it.

pub mod auth;
pub mod delivery;
pub mod disputes;
pub mod doctor;
pub mod error;
mod event_time;
pub mod events;
mod ids;
pub mod inspection;
pub mod ledger;
pub mod live;
pub mod mails;
pub mod money;
pub mod orders;
pub mod payments;
pub mod tickets;
mod timestamp;
pub mod waitlist;
pub mod watching;

pub use self::{
    error::{AppError, Code},
    event_time::EventTime,
    ids::{
        DisputeId, DraftId, EventId, GiftId, ListingId, NewsMailId, OrderId, PaymentId, RefundId, ResetId, SessionId,
        SignUpId, TicketFileId, TicketId, UserId, VenueId, WatchId,
    },
    money::Money,
    timestamp::Timestamp,
};
