//! What the browser is given to pay with.

use serde::{Deserialize, Serialize};

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
