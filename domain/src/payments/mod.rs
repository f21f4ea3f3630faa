//! Payments: the card is authorised in the browser, and captured only while the lock holds.

mod adopt;
mod backoff;
mod capture;
pub mod check;
mod decline;
pub mod error;
mod event_store;
pub mod handle_event;
pub mod purge;
pub mod receive_event;
pub mod reconcile;
mod refund;
mod refusals;
pub mod rounds;
mod signature;
pub mod start;
mod start_store;
mod status;
mod steps;
pub(crate) mod store;
pub mod sweep;

#[cfg(test)]
mod tests;

pub use self::{status::PaymentStatus, steps::PaymentSteps};
