//! The states of an order.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// The ticket is locked; no payment has been opened.
    Created,
    /// The ticket is locked, and a payment has been opened at Stripe.
    AwaitingPayment,
    /// Paid. The ticket belongs to the buyer.
    Complete,
    /// Paid, and a part of the price is refunded. The ticket belongs to the buyer.
    PartlyRefunded,
    /// Paid, and a refund is in progress, or has failed and is tried again.
    RefundPending,
    /// Paid and refunded.
    Refunded,
    /// Cancelled by the buyer, or ended by declined cards.
    Cancelled,
    /// Ended because it was not paid in time.
    Expired,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Whether the order holds its ticket while it waits for payment. Past its end, an order holds
    /// no ticket, whatever its status.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::AwaitingPayment)
    }

    /// The status as the database stores it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The status for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Created | Self::AwaitingPayment => "Awaiting payment",
            Self::Complete => "Complete",
            Self::PartlyRefunded => "Partly refunded",
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
        for &status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("a status serializes"), status.code());
        }
    }
}
