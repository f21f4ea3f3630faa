//! The business rules of GitTix: what a ticket, a lock, an order and a payment are, and the rules that
//! hold for every page, job and webhook.
//!
//! The crate `model` has the types that the browser shares; this crate has the use-cases and their SQL. A
//! use-case is one function in one file: it takes the [`Backend`] and the user, does one thing, and
//! returns an error that names what was wrong.

pub mod auth;
pub mod backend;
mod batches;
pub mod catalogue;
pub mod current_user;
mod cursor;
pub mod database;
pub mod delivery;
pub mod demo;
pub mod doctor;
pub mod drafts;
pub mod expiration;
pub mod idempotency;
pub mod ids;
pub mod ledger;
pub mod live;
pub mod mail;
pub mod metrics;
#[cfg(test)]
mod offered_tests;
pub mod orders;
pub mod outbox;
pub mod payments;
pub mod places;
#[cfg(test)]
mod plan_tests;
pub mod reconciliation;
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
pub(crate) mod text;
pub mod tickets;
pub mod timestamp;
pub(crate) mod transaction;
mod unprepared;
pub mod view_counts;
pub mod waitlist;
pub mod watching;

pub use backend::Backend;
