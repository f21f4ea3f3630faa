//! What server and browser both know: ids, money, the codes of errors and their words, what forms
//! send with its one parse, and what pages show.
//!
//! Nothing here reads a clock, makes a random number or talks to anything: the browser downloads it.

pub mod auth;
pub mod doctor;
pub mod error;
mod event_time;
mod ids;
pub mod ledger;
pub mod line;
pub mod live;
mod moment;
pub mod money;
pub mod orders;
pub mod payments;
pub mod text;
pub mod tickets;

pub use self::{
    error::{AppError, Code},
    event_time::EventTime,
    ids::{OrderId, PaymentId, ResetId, SessionId, TicketId, UserId},
    moment::Moment,
    money::Money,
};
