//! The events of an order: recorded when they happen, never changed.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::Timestamp;

/// The kind of an event of an order or its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum OrderEventKind {
    /// The order was created.
    Locked,
    /// A payment attempt was opened.
    AttemptOpened,
    /// The attempt's card was declined.
    Declined,
    /// The money was authorised, and the ticket secured for the capture.
    Authorised,
    /// The payment was captured.
    Captured,
    /// The ticket belongs to the buyer.
    Completed,
    /// The lock expired without a payment.
    Expired,
    /// The buyer cancelled the order.
    Cancelled,
    /// The last card allowed was declined.
    CancelledAfterDeclines,
    /// The payment was authorised after the lock's end, and the ticket was still free.
    LockedAgain,
    /// The authorisation was released.
    Voided,
    /// Stripe took another amount than the price.
    WrongAmount,
    /// A refund was started.
    RefundStarted,
    /// A part of the money was refunded.
    PartlyRefunded,
    /// The money was refunded.
    Refunded,
    /// Stripe could not refund the money, or a bank returned it.
    RefundFailed,
    /// The operator paid the buyer back without Stripe.
    RefundSettled,
    /// The buyer's bank disputes the payment, or asks about it.
    Disputed,
    /// The bank has decided for the shop.
    DisputeWon,
    /// The bank has decided for the buyer.
    DisputeLost,
    /// The bank has asked, and disputes nothing.
    DisputeEnded,
    /// The seller handed in the last ticket of the order after it was locked.
    HandedIn,
    /// The buyer opened the tickets for the first time.
    Opened,
    /// The seller did not hand in the tickets in time.
    NotDelivered,
    /// A person accepted a ticket that the buyer gave them.
    Given,
    /// That person opened it for the first time.
    GiftOpened,
    /// The buyer returned the tickets for all of the money.
    Returned,
}

/// One line of an order's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// The kind of the event.
    pub what: OrderEventKind,
    /// For payments: the number of the attempt, from 1.
    pub attempt: Option<i32>,
    /// When it happened.
    pub at: Timestamp,
}

impl OrderEventKind {
    /// Every kind.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The kind as the database stores it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The kind in words for the buyer. `None` for what only happens inside GitTix.
    #[must_use]
    pub fn for_buyer(self) -> Option<&'static str> {
        Some(match self {
            Self::AttemptOpened => return None,
            Self::Locked => "Reserved for you",
            Self::Declined => "Card declined",
            Self::Authorised => "Card accepted",
            Self::Captured => "Payment taken",
            Self::Completed => "Bought",
            Self::Expired => "Time ran out",
            Self::Cancelled => "Ended by you",
            Self::CancelledAfterDeclines => "Ended after the last declined card",
            Self::LockedAgain => "Paid late, reserved again",
            Self::Voided => "Payment released, nothing charged",
            Self::WrongAmount => "Another amount taken",
            Self::RefundStarted => "Refund started",
            Self::PartlyRefunded => "Part of the price paid back",
            Self::Refunded => "Refund paid",
            Self::RefundFailed => "Refund failed",
            Self::RefundSettled => "Paid back by us in another way",
            Self::Disputed => "Payment questioned by your bank",
            Self::DisputeWon => "Your bank has decided: the payment stands",
            Self::DisputeLost => "Your bank has decided: you have the money back",
            Self::DisputeEnded => "Your bank has no more questions",
            Self::HandedIn => "Handed in by the seller",
            Self::Opened => "Opened by you",
            Self::NotDelivered => "Not handed in by the seller in time",
            Self::Given => "A ticket given to a friend",
            Self::GiftOpened => "Opened by your friend",
            Self::Returned => "Returned by you",
        })
    }

    /// The kind in words for the seller. `None` for what is between the buyer and their bank.
    #[must_use]
    pub fn for_seller(self) -> Option<&'static str> {
        match self {
            Self::Locked => Some("Reserved by a buyer"),
            Self::LockedAgain => Some("Reserved again"),
            Self::Completed => Some("Sold"),
            Self::Expired | Self::Cancelled | Self::CancelledAfterDeclines | Self::WrongAmount => Some("Released"),
            Self::PartlyRefunded => Some("Part of the price refunded"),
            Self::RefundStarted => Some("Refund started"),
            Self::Refunded | Self::RefundSettled => Some("Refunded"),
            Self::RefundFailed => Some("Refund failed, to be tried again"),
            Self::Disputed => Some("Payment questioned by the buyer's bank"),
            Self::DisputeWon => Some("The bank has decided: the payment stands"),
            Self::DisputeLost => Some("The bank has decided: the money went back to the buyer"),
            Self::DisputeEnded => Some("The bank has no more questions"),
            Self::HandedIn => Some("Handed in by you"),
            Self::Opened => Some("Opened by the buyer"),
            Self::NotDelivered => Some("Not handed in by you in time"),
            Self::Given => Some("A ticket given to a friend by the buyer"),
            Self::GiftOpened => Some("Opened by the buyer's friend"),
            Self::Returned => Some("Returned by the buyer, and on sale again"),
            Self::AttemptOpened | Self::Declined | Self::Authorised | Self::Captured | Self::Voided => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::OrderStatus;

    #[test]
    fn codes_are_those_on_the_wire() {
        for &what in OrderEventKind::ALL {
            assert_eq!(serde_json::to_value(what).expect("it serializes"), what.code());
        }
    }

    /// A reader who searches a page for the status finds it.
    #[test]
    fn no_label_reads_as_the_status_of_an_order() {
        for &what in OrderEventKind::ALL {
            let label = what.for_buyer().unwrap_or_default();
            assert!(OrderStatus::ALL.iter().all(|status| !label.contains(status.label())), "{label}");
        }
    }
}
