//! A local stand-in for Stripe: payments without an account and without a network.
//!
//! It implements the part of Stripe's API that a shop with cards needs (payment intents, payment
//! methods, charges, refunds, events). It serves the browser script with its card form and its 3-D
//! Secure page, sends signed webhooks, and injects faults on request. It never charges a card.
//!
//! # Example
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sim = stripe_sim::Simulator::start(stripe_sim::Config::default()).await?;
//! // Point a Stripe client at `sim.url()` with the key `sk_test_sim`.
//! sim.set_faults(stripe_sim::Faults { lose_answer_next: 1, ..Default::default() });
//! assert_eq!(sim.balances().captured, 0);
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! - `form`, `error`: the parameters of requests, and Stripe's error objects.
//! - `cards`: the published test cards and the outcome of each.
//! - `model`: Stripe's objects and what may happen to them. It knows nothing of HTTP.
//! - `api`: one handler for authentication, faults, idempotency and the request log; one function
//!   per endpoint.
//! - `returns`: refunds that a bank returns later.
//! - `webhooks`, `delivery`: one task that schedules and sends webhooks.
//! - `assets`, `challenge`: what a browser loads, from `assets/`.
//! - `admin`, `balances`, `faults`: what a test sees and sets under `/_sim/`.
//! - `test_api`: what a Rust test does without HTTP.
//! - `state`, `state_file`: what the modules share, and the file that keeps it.

// A charge has more members than `json!` takes by default.
#![recursion_limit = "256"]

mod admin;
mod api;
mod assets;
mod balances;
mod cards;
mod challenge;
mod clock;
mod config;
mod delivery;
mod error;
mod faults;
mod form;
mod idempotency;
mod ids;
mod model;
mod returns;
mod router;
mod signature;
mod simulator;
mod state;
mod state_file;
mod test_api;
mod webhooks;

pub use balances::{Balances, PaymentBalance, Totals};
pub use config::Config;
pub use faults::{Faults, FaultsError};
pub use signature::sign;
pub use simulator::Simulator;
pub use state::LoggedRequest;
pub use test_api::SentEvent;
