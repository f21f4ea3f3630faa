//! Follow-ups, written in the transaction of the fact they follow from.
//!
//! A relay hands them to the queue. The queue may be emptied at any moment: the sweeps
//! find in the database whatever it lost.

pub mod relay;
pub(crate) mod store;

use serde::{Deserialize, Serialize};

use crate::{OrderId, PaymentId};

/// Work to be done later. It carries ids only: whoever does it reads the present state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Job {
    /// End an order that was not paid in time.
    ExpireOrder {
        /// The order.
        order_id: OrderId,
    },
    /// Act on a webhook event that has been stored.
    HandleStripeEvent {
        /// Stripe's id of it.
        event_id: String,
    },
    /// Bring a payment in line with what Stripe says of it.
    ReconcilePayment {
        /// The payment.
        payment_id: PaymentId,
    },
}
