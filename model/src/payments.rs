//! The data with which the browser pays.

use serde::{Deserialize, Serialize};

/// The data that Stripe's card form needs for one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentForm {
    /// Lets the browser confirm this one PaymentIntent only. Never stored, never logged.
    pub client_secret: String,
    /// Stripe's public key.
    pub publishable_key: String,
    /// The address of Stripe.js.
    pub script_url: String,
    /// The number of the attempt, from 1.
    pub attempt: i32,
}
