//! The states of one attempt to pay.

use model::orders::Happening;

/// Where an attempt to pay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The row is committed; Stripe has not answered yet.
    Starting,
    /// The intent is open: the buyer may authorise it.
    Open,
    /// Authorised, and the ticket is secured for as long as the capture takes.
    Capturing,
    /// The money is ours.
    Captured,
    /// The card was declined.
    Declined,
    /// Closed at Stripe before any money moved.
    Cancelled,
    /// Captured, and the money is on its way back: the ticket could not be delivered, or the operator refunded it.
    Refunding,
    /// The money is back.
    Refunded,
    /// The card's bank did not take the money back, or Stripe keeps refusing. It is tried again.
    RefundFailed,
}

impl PaymentStatus {
    /// The statuses in which an attempt may still take money. An order has at most one of these.
    pub(crate) const LIVE: [Self; 3] = [Self::Starting, Self::Open, Self::Capturing];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Open => "open",
            Self::Capturing => "capturing",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
        }
    }

    /// The line that coming to stand here writes in the order's timeline.
    pub(crate) fn happening(self) -> Option<Happening> {
        match self {
            // An attempt that is closed with nothing set aside is no news.
            Self::Open | Self::Cancelled => None,
            Self::Starting => Some(Happening::AttemptOpened),
            Self::Capturing => Some(Happening::Authorised),
            Self::Captured => Some(Happening::Captured),
            Self::Declined => Some(Happening::Declined),
            Self::Refunding => Some(Happening::RefundStarted),
            Self::Refunded => Some(Happening::Refunded),
            Self::RefundFailed => Some(Happening::RefundFailed),
        }
    }

    /// Whether the attempt may still take money.
    #[must_use]
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}
