//! A local stand-in for Stripe: payments without an account and without a network.
//!
//! It speaks the part of Stripe's API that a shop with cards needs (payment intents, payment
//! methods, charges, refunds, events), serves the browser script with its card form and its 3-D
//! Secure page, sends signed webhooks, and fails on purpose when asked to. No card is ever
//! charged.
//!
//! # Example
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sim = stripe_sim::Simulator::start(stripe_sim::Config::default()).await?;
//! // Point a client of Stripe's at `sim.url()` with the key `sk_test_sim`.
//! sim.set_faults(stripe_sim::Faults { lose_answer_next: 1, ..Default::default() });
//! assert_eq!(sim.books().captured, 0);
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Parts
//!
//! - `form`, `error`: how parameters come in and errors go out.
//! - `cards`: the published test cards and what each does.
//! - `model`: the objects and what may happen to them; knows nothing of HTTP.
//! - `api`: one handler for authentication, faults, idempotency and the log; one function per
//!   endpoint.
//! - `webhooks`: one task that owns the schedule of deliveries.
//! - `browser`, `challenge`: what a browser loads, from `assets/`.
//! - `control`, `books`, `faults`, `hands`: what a test sees, sets and does.

// A charge has more members than `json!` takes by default.
#![recursion_limit = "256"]

mod api;
mod books;
mod browser;
mod cards;
mod challenge;
mod config;
mod control;
mod error;
mod faults;
mod form;
mod hands;
mod http;
mod hub;
mod ids;
mod model;
mod signature;
mod simulator;
mod snapshot;
mod webhooks;

pub use books::{BookLine, Books, Totals};
pub use config::Config;
pub use faults::{Faults, FaultsError};
pub use hands::Told;
pub use hub::RequestLine;
pub use signature::sign;
pub use simulator::Simulator;
