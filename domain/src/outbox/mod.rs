//! Follow-ups, written in the transaction of the fact they follow from.
//!
//! They wait here until they are due; then a relay hands them to their queue. A queue may be emptied
//! at any moment: the sweeps find in the database whatever it lost.

pub mod relay;
mod schedule;
pub(crate) mod store;

use model::{OrderId, PaymentId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::schedule::schedule;
pub(crate) use self::schedule::write;
use crate::mail::Mail;

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
    /// Send a mail.
    SendMail {
        /// Which.
        mail: Mail,
    },
}

/// Where a job waits for a worker. Each kind of flood has one to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// The ends of orders: thousands may come due in one second.
    Expiry,
    /// Everything about money, which somebody is waiting for.
    Payments,
    /// Mails: a mail server may take its time.
    Mail,
}

/// A job on its way to the queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id, at the queue too: a push repeated after a crash is refused there.
    pub id: Uuid,
    /// What to do.
    pub job: Job,
    /// The span that it follows from.
    pub traceparent: Option<String>,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Expiry, Self::Payments, Self::Mail];

    /// Its name, in the database and at Redis.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Payments => "payments",
            Self::Mail => "mail",
        }
    }
}

impl Job {
    /// Every kind, as it is stored.
    pub const KINDS: [&'static str; 4] = ["expire_order", "handle_stripe_event", "reconcile_payment", "send_mail"];

    /// Its kind, as it is stored.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let [expire_order, handle_stripe_event, reconcile_payment, send_mail] = Self::KINDS;
        match self {
            Self::ExpireOrder { .. } => expire_order,
            Self::HandleStripeEvent { .. } => handle_stripe_event,
            Self::ReconcilePayment { .. } => reconcile_payment,
            Self::SendMail { .. } => send_mail,
        }
    }

    /// The queue it goes through.
    #[must_use]
    pub fn queue(&self) -> Queue {
        match self {
            Self::ExpireOrder { .. } => Queue::Expiry,
            Self::HandleStripeEvent { .. } | Self::ReconcilePayment { .. } => Queue::Payments,
            Self::SendMail { .. } => Queue::Mail,
        }
    }
}
