//! Follow-ups, written in the transaction of the fact they follow from.
//!
//! They wait here until they are due; then a relay hands them to their queue. A queue may be emptied
//! at any moment: the sweeps find in the database whatever it lost.
//!
//! Two versions run side by side during a release, and a release may be rolled back. So a version meets
//! jobs of a later one, of a kind or in a form that it cannot read. It leaves them in the outbox for a
//! version that can, counts them, and goes on with the jobs behind them.

pub mod relay;
mod schedule;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use model::{OrderId, PaymentId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use self::schedule::schedule;
pub(crate) use self::schedule::write;
use crate::{Backend, mail::Mail};

/// How long a relay has to hand over what it took. One that died in between leaves it to the next
/// after that.
pub const LEASE: Duration = Duration::from_secs(30);
/// How long a job that a queue gave to a version that cannot read it stays in the outbox. While two
/// versions run side by side it may come to the wrong one several times.
pub const RETURN_DELAY: Duration = Duration::from_secs(10);

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
    /// The job as it is stored, with the fields that a later version has added: a worker of that version may
    /// get it.
    pub job: Value,
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
    /// Reads a job as it is stored. Fields that a later version has added are ignored.
    ///
    /// # Errors
    ///
    /// When its kind or its form is not one of this version.
    pub fn read(stored: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(stored)
    }

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

/// Writes a job that a queue gave to this version, and that this version cannot read, back into the
/// outbox, for a version that can.
///
/// # Errors
///
/// When the database does not take it.
pub async fn put_back(backend: &Backend, queue: Queue, job: &Value, traceparent: Option<&str>) -> sqlx::Result<()> {
    store::put_back(&backend.db, queue, job, traceparent, RETURN_DELAY).await
}

/// Jobs that are due and that this version cannot read.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// How many there are.
    pub jobs: i64,
    /// Their kinds.
    pub kinds: String,
    /// One of them.
    pub example: Option<Uuid>,
}

/// Looks for jobs that are due and that this version cannot read.
///
/// # Errors
///
/// When the database does not answer.
pub async fn unreadable(backend: &Backend) -> sqlx::Result<Unreadable> {
    store::unreadable(&backend.db, store::Kinds::KNOWN, LEASE).await
}
