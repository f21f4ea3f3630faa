//! Payments: authorise in the browser, capture only while the lock holds.

#[cfg(feature = "server")]
mod adopt;
#[cfg(feature = "server")]
mod capture;
#[cfg(feature = "server")]
pub mod check;
#[cfg(feature = "server")]
mod decline;
#[cfg(feature = "server")]
pub mod gateway;
#[cfg(feature = "server")]
pub mod handle_event;
#[cfg(feature = "server")]
mod pauses;
#[cfg(feature = "server")]
pub mod receive_event;
#[cfg(feature = "server")]
pub mod reconcile;
#[cfg(feature = "server")]
mod signature;
#[cfg(feature = "server")]
pub mod start;
#[cfg(feature = "server")]
pub(crate) mod store;
#[cfg(feature = "server")]
pub mod sweep;
#[cfg(feature = "server")]
pub mod tidy;

#[cfg(feature = "server")]
mod refund;
#[cfg(feature = "server")]
mod status;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
pub use self::status::PaymentStatus;

/// What the browser needs to show Stripe's card form for one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentForm {
    /// Lets the browser confirm this one PaymentIntent and nothing else. Never stored, never logged.
    pub client_secret: String,
    /// Stripe's public key.
    pub publishable_key: String,
    /// Where Stripe.js is loaded from.
    pub script_url: String,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}
