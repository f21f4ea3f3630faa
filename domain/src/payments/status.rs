//! The statuses of an attempt to pay.

use model::orders::OrderEventKind;
use strum::IntoStaticStr;

/// The status of an attempt to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The row is committed; Stripe has not answered yet.
    Starting,
    /// The intent is open: the buyer may authorise it.
    Open,
    /// It is authorised, and the ticket is secured for as long as the capture takes.
    Capturing,
    /// The money is captured. A part of it may be refunded.
    Captured,
    /// Stripe has captured another amount than the price. The operator decides.
    WrongAmount,
    /// The card was declined.
    Declined,
    /// It was closed at Stripe before any money moved.
    Cancelled,
    /// It was captured, and a refund of all of it is running: the ticket could not be delivered, or the operator
    /// refunded it.
    Refunding,
    /// It is refunded.
    Refunded,
    /// The card's bank did not accept a refund that was needed to return all of it, or returned one later, or Stripe
    /// keeps refusing it. It is retried.
    RefundFailed,
    /// The same as [`Self::Refunding`] for a part of it. A status of its own, because a version that does not know parts
    /// refunds all that is left.
    PartRefunding,
    /// The same as [`Self::RefundFailed`] for a part of it.
    PartRefundFailed,
}

impl PaymentStatus {
    /// The statuses in which an attempt may still take money. An order has at most one such attempt.
    pub(crate) const LIVE: [Self; 3] = [Self::Starting, Self::Open, Self::Capturing];

    /// The value in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The event that this status writes to the order's timeline.
    pub(crate) fn event_kind(self) -> Option<OrderEventKind> {
        match self {
            // Closing an attempt without an authorisation is no event of the timeline.
            // That an amount is wrong is an event of the order, which it ends.
            Self::Open | Self::Cancelled | Self::WrongAmount => None,
            Self::Starting => Some(OrderEventKind::AttemptOpened),
            Self::Capturing => Some(OrderEventKind::Authorised),
            Self::Captured => Some(OrderEventKind::Captured),
            Self::Declined => Some(OrderEventKind::Declined),
            Self::Refunding | Self::PartRefunding => Some(OrderEventKind::RefundStarted),
            Self::Refunded => Some(OrderEventKind::Refunded),
            Self::RefundFailed | Self::PartRefundFailed => Some(OrderEventKind::RefundFailed),
        }
    }

    /// Whether Stripe has taken money, whatever has become of it since.
    pub(crate) fn has_captured(self) -> bool {
        match self {
            Self::Captured
            | Self::WrongAmount
            | Self::Refunding
            | Self::Refunded
            | Self::RefundFailed
            | Self::PartRefunding
            | Self::PartRefundFailed => true,
            Self::Starting | Self::Open | Self::Capturing | Self::Declined | Self::Cancelled => false,
        }
    }

    /// Whether the attempt may still take money.
    #[must_use]
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}
