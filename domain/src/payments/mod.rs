//! Payments: the card is authorised in the browser, and captured only while the lock holds.

mod adopt;
mod backoff;
mod bar;
pub(crate) mod call_off;
mod capture;
pub(crate) mod card_store;
pub mod check;
mod decline;
pub mod dispute_mail;
pub(crate) mod dispute_record;
mod dispute_store;
pub mod disputes;
pub mod error;
mod event_store;
mod fraud_warning_store;
mod fraud_warnings;
pub mod handle_event;
mod payer;
pub mod purge;
pub mod receive_event;
pub mod reconcile;
mod refund;
pub mod refund_mail;
mod refund_record;
mod refund_store;
mod refusals;
pub mod review;
mod review_store;
pub mod rounds;
pub mod settle;
mod signature;
mod standing;
pub mod start;
mod start_store;
mod status;
mod steps;
pub(crate) mod store;
pub mod sweep;

#[cfg(test)]
mod tests;

pub use self::{status::PaymentStatus, steps::PaymentSteps};
