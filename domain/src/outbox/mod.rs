//! The outbox: jobs, written in the transaction of their cause.
//!
//! A job waits here until it is due; then a relay hands it to its queue. A queue may lose its jobs at any
//! moment: the sweeps find the same work in the database.
//!
//! Two versions run side by side during a release, and a release may be rolled back. So a version meets
//! jobs of a later one, of a kind or in a form that it cannot read. It leaves them in the outbox for a
//! version that can, counts them, and continues with the jobs behind them.

mod put_off;
pub mod relay;
mod schedule;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod unreadable;

use std::time::Duration;

use model::{OrderId, PaymentId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::schedule::{NewRow, write, write_all};
pub use self::{
    put_off::put_off,
    schedule::{put_back, schedule},
    unreadable::unreadable,
};
use crate::mail::Mail;

/// How long a relay has to hand over the jobs it took. If it dies, the next relay takes them after that.
pub const LEASE: Duration = Duration::from_secs(30);
/// How long a job stays in the outbox after a queue gave it to a version that cannot read it. While two
/// versions run side by side, it may reach the wrong one several times.
pub const RETURN_DELAY: Duration = Duration::from_secs(10);

/// Work to be done later. It holds only ids: its worker reads the current state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Job {
    /// End an order that was not paid in time.
    ExpireOrder {
        /// The order to end.
        order_id: OrderId,
    },
    /// Handle a webhook event that has been stored.
    HandleStripeEvent {
        /// Stripe's id of the event.
        event_id: String,
    },
    /// Reconcile a payment with its state at Stripe.
    ReconcilePayment {
        /// The payment to reconcile.
        payment_id: PaymentId,
    },
    /// Send a mail.
    SendMail {
        /// The mail to send.
        mail: Mail,
    },
    /// Send a mail that the mail server did not take.
    RetryMail {
        /// The mail to send.
        mail: Mail,
        /// How often it was put off.
        tries: u32,
        /// When it is no longer worth sending, in seconds since 1970.
        until_s: i64,
    },
}

/// Where a job waits for a worker. Each kind of load has a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// The timers of orders: thousands may come due in one second.
    Expiry,
    /// Everything about money: a buyer is waiting for it.
    Payments,
    /// Mails: a mail server may be slow.
    Mail,
}

/// A job that is handed to the queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id, at the queue too: the queue refuses a push that is repeated after a crash.
    pub id: Uuid,
    /// The job as it is stored, with the fields that a later version has added: a worker of that version
    /// may get it.
    pub job: Value,
    /// The span that wrote the job, as a W3C `traceparent`.
    pub traceparent: Option<String>,
}

impl Queue {
    /// Every queue.
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
    /// When this version does not know its kind or its form.
    pub fn read(stored: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(stored)
    }

    /// The stored name of every kind.
    pub const KINDS: [&'static str; 5] =
        ["expire_order", "handle_stripe_event", "reconcile_payment", "send_mail", "retry_mail"];

    /// Its kind, as it is stored.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let [expire_order, handle_stripe_event, reconcile_payment, send_mail, retry_mail] = Self::KINDS;
        match self {
            Self::ExpireOrder { .. } => expire_order,
            Self::HandleStripeEvent { .. } => handle_stripe_event,
            Self::ReconcilePayment { .. } => reconcile_payment,
            Self::SendMail { .. } => send_mail,
            Self::RetryMail { .. } => retry_mail,
        }
    }

    /// The queue that it is handed to.
    #[must_use]
    pub fn queue(&self) -> Queue {
        match self {
            Self::ExpireOrder { .. } => Queue::Expiry,
            Self::HandleStripeEvent { .. } | Self::ReconcilePayment { .. } => Queue::Payments,
            Self::SendMail { .. } | Self::RetryMail { .. } => Queue::Mail,
        }
    }
}

/// Jobs that are due and that this version cannot read.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// How many there are.
    pub jobs: i64,
    /// Their kinds.
    pub kinds: String,
    /// The id of one of them.
    pub example: Option<Uuid>,
}
