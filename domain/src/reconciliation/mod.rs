//! The reconciliation: every balance transaction at Stripe, compared with the ledger.
//!
//! Workers read what has moved, page by page, and keep it in `stripe_movements`: what is new every few minutes, to book
//! Stripe's fees, and all of the last month every night. Then each day is compared with the ledger, and what differs becomes
//! a row of `ledger_differences`, until it is gone. No transaction is open during a call to Stripe.

pub mod accept;
mod compare;
#[cfg(test)]
mod plan_tests;
mod read;
mod reading_store;
pub mod reconcile;
mod store;
pub mod sweep;
#[cfg(test)]
mod tests;

pub use self::{
    read::ReadError,
    store::{Difference, Sum, What},
};
