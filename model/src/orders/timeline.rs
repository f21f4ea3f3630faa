//! What happened to an order: written down as it happens, never changed.

use serde::{Deserialize, Serialize};

use crate::Moment;

/// Something that happened to an order or to the payment for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The order was made.
    Locked,
    /// An attempt to pay was opened.
    AttemptOpened,
    /// The attempt's card was declined.
    Declined,
    /// The money was set aside, and the ticket secured for the capture.
    Authorised,
    /// The money was taken.
    Captured,
    /// The ticket is the buyer's.
    Completed,
    /// The lock ended unpaid.
    Expired,
    /// The buyer gave the ticket up.
    Cancelled,
    /// The last card allowed was declined.
    CancelledAfterDeclines,
    /// Authorised after the lock's end, and the ticket was still free.
    LockedAgain,
    /// The money that was set aside was let go of.
    Voided,
    /// The money is to go back.
    RefundStarted,
    /// The money is back.
    Refunded,
    /// Stripe could not give the money back.
    RefundFailed,
}

/// One line of an order's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// What happened.
    pub what: Happening,
    /// Of payments: which attempt it was, from 1.
    pub attempt: Option<i32>,
    /// When.
    pub at: Moment,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Locked,
        Self::AttemptOpened,
        Self::Declined,
        Self::Authorised,
        Self::Captured,
        Self::Completed,
        Self::Expired,
        Self::Cancelled,
        Self::CancelledAfterDeclines,
        Self::LockedAgain,
        Self::Voided,
        Self::RefundStarted,
        Self::Refunded,
        Self::RefundFailed,
    ];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::AttemptOpened => "attempt_opened",
            Self::Declined => "declined",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::CancelledAfterDeclines => "cancelled_after_declines",
            Self::LockedAgain => "locked_again",
            Self::Voided => "voided",
            Self::RefundStarted => "refund_started",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
        }
    }

    /// For people, buyer and seller alike.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Locked => "Ticket reserved",
            Self::AttemptOpened => "Payment started",
            Self::Declined => "Card declined",
            Self::Authorised => "Card authorised",
            Self::Captured => "Payment taken",
            Self::Completed => "Ticket bought",
            Self::Expired => "Time ran out",
            Self::Cancelled => "Ended by the buyer",
            Self::CancelledAfterDeclines => "Ended after the last declined card",
            Self::LockedAgain => "Paid late, ticket reserved again",
            Self::Voided => "Authorisation released, nothing charged",
            Self::RefundStarted => "Refund started",
            Self::Refunded => "Refund paid",
            Self::RefundFailed => "Refund failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::OrderStatus;

    #[test]
    fn codes_are_those_on_the_wire() {
        for what in Happening::ALL {
            assert_eq!(serde_json::to_value(what).expect("it serializes"), what.code());
        }
    }

    /// Whoever looks for the status on a page finds one.
    #[test]
    fn no_label_reads_as_the_status_of_an_order() {
        for what in Happening::ALL {
            assert!(OrderStatus::ALL.iter().all(|status| !what.label().contains(status.label())), "{}", what.label());
        }
    }
}
