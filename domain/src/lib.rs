//! The business of GitTix: what a ticket, a lock, an order and a payment are,
//! and the rules that no page, job or webhook may go round.
//!
//! What the browser knows of it is in `model`; here are the use-cases and their
//! SQL. A use-case is one function in one file: it takes the [`Backend`] and who
//! asks, does one thing, and answers with an error that names what was wrong.

pub mod auth;
pub mod backend;
pub mod current_user;
pub mod database;
pub mod demo;
pub mod doctor;
pub mod expiration;
pub mod idempotency;
pub mod ids;
pub mod ledger;
pub mod line;
pub mod live;
pub mod mail;
pub mod metrics;
pub mod orders;
pub mod outbox;
pub mod payments;
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tickets;
pub mod timestamp;

pub use backend::Backend;
