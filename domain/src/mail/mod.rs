//! The mails of the shop.
//!
//! Each mail is a job, written to the outbox in the transaction of its cause. The job holds only the id
//! of its subject: address and text are made when the mail is sent.

pub mod choices;
mod choices_store;
pub(crate) mod content;
pub(crate) mod event_templates;
pub(crate) mod gift_templates;
mod layout;
pub(crate) mod lock_templates;
pub(crate) mod order_templates;
pub(crate) mod templates;
#[cfg(test)]
mod tests;

use std::time::Duration;

use model::{DisputeId, EventId, GiftId, NewsMailId, OrderId, RefundId, ResetId, SignUpId, UserId};
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
    /// The mail with the code for signing in, or to an address without an account.
    SignInCode {
        /// The request for it.
        sign_up_id: SignUpId,
    },
    /// The mail that tells the address that an account had before of its change.
    AddressChanged {
        /// The change.
        sign_up_id: SignUpId,
    },
    /// The mail that tells the owner of an account that its second factor was turned on or off.
    SecondFactorChanged {
        /// The account.
        user_id: UserId,
        /// Whether it was turned on.
        is_on: bool,
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
    /// The mail that offers a gift to its recipient.
    GiftOffered {
        /// The gift.
        gift_id: GiftId,
    },
    /// The mail that tells the giver that a gift is accepted.
    GiftAccepted {
        /// The gift.
        gift_id: GiftId,
    },
    /// The mail that tells a buyer that the tickets were not handed in in time.
    OrderNotDelivered {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer of a waitlist that tickets are theirs to buy.
    YourTurn {
        /// The offer.
        order_id: OrderId,
    },
    /// The mail that reminds a buyer of a lock that they have left alone.
    LockLeft {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer that an order, or an offer, has ended unpaid.
    OrderExpired {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer that a refund is paid.
    Refunded {
        /// The refund.
        refund_id: RefundId,
    },
    /// The mail that reminds a seller to hand in what is sold.
    DeliverablesMissing {
        /// The order.
        order_id: OrderId,
    },
    /// The mail that tells a buyer or a seller that an event is moved.
    EventMoved {
        /// The event.
        event_id: EventId,
        /// Who is told.
        user_id: UserId,
        /// The new start, in seconds since 1970. After a later move this mail is not sent.
        starts_s: i64,
    },
    /// The mail that tells a buyer or a seller that an event is cancelled.
    EventCancelled {
        /// The event.
        event_id: EventId,
        /// Who is told.
        user_id: UserId,
    },
}

impl Mail {
    /// The stored name of every kind.
    pub const KINDS: [&'static str; 22] = [
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
        "your_turn",
        "lock_left",
        "order_expired",
        "refunded",
        "deliverables_missing",
        "event_moved",
        "event_cancelled",
        "address_changed",
        "gift_offered",
        "gift_accepted",
        "sign_in_code",
        "second_factor_changed",
    ];

    /// For how long after its first attempt it is worth sending. Each use-case that sends one looks besides whether what it
    /// says is still so.
    #[must_use]
    pub fn worth_for(self) -> Duration {
        match self {
            // The reader waits for it and asks again, or the lock ends.
            Self::PasswordReset { .. }
            | Self::SignUp { .. }
            | Self::SignInCode { .. }
            | Self::YourTurn { .. }
            | Self::LockLeft { .. } => Duration::from_mins(15),
            Self::WatchNews { .. } | Self::OrderExpired { .. } | Self::DeliverablesMissing { .. } => {
                Duration::from_hours(12)
            }
            Self::AddressChanged { .. }
            | Self::SecondFactorChanged { .. }
            | Self::GiftOffered { .. }
            | Self::GiftAccepted { .. }
            | Self::RefundFailed { .. }
            | Self::RefundFailedReport { .. }
            | Self::DisputeReport { .. }
            | Self::OrderBought { .. }
            | Self::OrderSold { .. }
            | Self::OrderHandedIn { .. }
            | Self::OrderNotDelivered { .. }
            | Self::Refunded { .. }
            | Self::EventMoved { .. }
            | Self::EventCancelled { .. } => Duration::from_hours(48),
        }
    }
}
