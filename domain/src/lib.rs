//! The business of GitTix: what a ticket, a lock, an order and a payment are,
//! and the rules that no page, job or webhook may go round.
//!
//! Without features the crate holds types and rules only and compiles for the
//! browser. The feature `server` adds the use-cases and their SQL, beside the
//! types they belong to. A use-case is one function in one file: it takes the
//! [`Backend`] and who asks, does one thing, and answers with an error that names
//! what was wrong.

pub mod auth;
pub mod doctor;
pub mod error;
pub mod expiration;
pub mod ids;
pub mod ledger;
pub mod line;
pub mod live;
pub mod moment;
pub mod money;
pub mod orders;
pub mod payments;
pub mod text;
pub mod tickets;

#[cfg(feature = "server")]
pub mod backend;
#[cfg(feature = "server")]
pub mod database;
#[cfg(feature = "server")]
pub mod demo;
#[cfg(feature = "server")]
pub mod idempotency;
#[cfg(feature = "server")]
pub mod mail;
#[cfg(feature = "server")]
pub mod metrics;
#[cfg(feature = "server")]
pub mod outbox;
#[cfg(feature = "server")]
pub mod process;
#[cfg(feature = "server")]
pub mod settings;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "server")]
pub use backend::Backend;
pub use error::{AppError, Code};
pub use ids::{OrderId, PaymentId, ResetId, SessionId, TicketId, UserId};
pub use moment::Moment;
pub use money::Money;
