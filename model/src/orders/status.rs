//! The states of an order.

use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// The ticket is locked; nothing has been tried to pay for it.
    Created,
    /// The ticket is locked, and a payment has been opened at Stripe.
    AwaitingPayment,
    /// Paid. The ticket is the buyer's.
    Complete,
    /// Paid, and the money is on its way back.
    RefundPending,
    /// Paid and given back.
    Refunded,
    /// Ended by the buyer, or because the payment failed for good.
    Cancelled,
    /// Ended because it was not paid in time.
    Expired,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::AwaitingPayment,
        Self::Complete,
        Self::RefundPending,
        Self::Refunded,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Whether the order holds its ticket while it waits for payment. Past its end it holds
    /// nothing, whatever its status.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::AwaitingPayment)
    }

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Complete => "complete",
            Self::RefundPending => "refund_pending",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Created | Self::AwaitingPayment => "Awaiting payment",
            Self::Complete => "Complete",
            Self::RefundPending => "Refund under way",
            Self::Refunded => "Refunded",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_on_the_wire() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("a status serializes"), status.code());
        }
    }
}
