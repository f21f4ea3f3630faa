//! The mails of the shop.
//!
//! Each mail is a job, written to the outbox in the transaction of its cause. The job holds only the id
//! of its subject: address and text are made when the mail is sent.

pub mod choices;
mod choices_store;
pub(crate) mod content;
mod layout;
pub(crate) mod order_templates;
pub(crate) mod templates;
#[cfg(test)]
mod tests;

use model::{DisputeId, NewsMailId, OrderId, RefundId, ResetId, SignUpId, UserId};
use serde::{Deserialize, Serialize};

/// A mail to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Mail {
    /// The mail with the link that sets a password.
    PasswordReset {
        /// The request for the link.
        reset_id: ResetId,
    },
    /// The mail with the code of a sign-up, or to an address that has an account.
    SignUp {
        /// The sign-up.
        sign_up_id: SignUpId,
    },
    /// The mail with news about what a user watches.
    WatchNews {
        /// The mail, by which its watches are found.
        mail_id: NewsMailId,
    },
    /// The mail that tells a buyer that a refund has failed.
    RefundFailed {
        /// The refund.
        refund_id: RefundId,
    },
    /// The mail that tells an operator the same.
    RefundFailedReport {
        /// The refund.
        refund_id: RefundId,
        /// The operator.
        operator_id: UserId,
    },
    /// The mail that tells an operator that a payment is disputed.
    DisputeReport {
        /// The dispute.
        dispute_id: DisputeId,
        /// The operator.
        operator_id: UserId,
    },
    /// The mail that tells a buyer that they have bought tickets.
    OrderBought {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells the seller the same.
    OrderSold {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer that the seller has handed in what was missing.
    OrderHandedIn {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer that the tickets were not handed in in time.
    OrderNotDelivered {
        /// The order.
        order_id: OrderId,
    },
}

impl Mail {
    /// The stored name of every kind.
    pub const KINDS: [&'static str; 10] = [
        "password_reset",
        "sign_up",
        "watch_news",
        "refund_failed",
        "refund_failed_report",
        "dispute_report",
        "order_bought",
        "order_sold",
        "order_handed_in",
        "order_not_delivered",
    ];
}
