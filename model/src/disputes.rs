//! Disputes: a buyer's bank asks for the money of a payment.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{Money, PaymentId, Timestamp};

/// The status of a dispute, named as at Stripe. It moves forward only, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The bank asks a question, and waits for evidence. No money has moved.
    WarningNeedsResponse,
    /// The bank reads the answer to its question.
    WarningUnderReview,
    /// The question has not become a dispute.
    WarningClosed,
    /// It was ended before any money moved, such as by a refund.
    Prevented,
    /// The bank has the money and waits for evidence.
    NeedsResponse,
    /// The bank reads the evidence.
    UnderReview,
    /// The bank has decided for the shop, which has the money again.
    Won,
    /// The bank has decided for the buyer.
    Lost,
}

impl DisputeStatus {
    /// The status of Stripe's word. One that Stripe adds later counts as open.
    #[must_use]
    pub fn of_stripe(word: &str) -> Self {
        Self::VARIANTS.iter().copied().find(|status| status.code() == word).unwrap_or(Self::UnderReview)
    }

    /// Stripe's word, which is also the value in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// Whether the bank has not decided yet.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::WarningNeedsResponse | Self::WarningUnderReview | Self::NeedsResponse | Self::UnderReview => true,
            Self::WarningClosed | Self::Prevented | Self::Won | Self::Lost => false,
        }
    }

    /// Whether the bank only asks, and has no money.
    #[must_use]
    pub fn is_inquiry(self) -> bool {
        self <= Self::Prevented
    }

    /// For the operator.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WarningNeedsResponse => "Inquiry, to be answered",
            Self::WarningUnderReview => "Inquiry, answered",
            Self::WarningClosed => "Inquiry, ended",
            Self::Prevented => "Prevented",
            Self::NeedsResponse => "To be answered",
            Self::UnderReview => "The bank decides",
            Self::Won => "Won",
            Self::Lost => "Lost",
        }
    }
}

/// An open dispute, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDispute {
    /// Stripe's id.
    pub stripe_id: String,
    /// The disputed payment.
    pub payment: PaymentId,
    /// The event of its tickets.
    pub title: String,
    /// How much is disputed.
    pub amount: Money,
    /// Stripe's fee for the dispute so far.
    pub fee: Money,
    /// Why, in Stripe's word.
    pub reason: String,
    /// Its status.
    pub status: DisputeStatus,
    /// Until when evidence counts.
    pub evidence_due: Option<Timestamp>,
    /// How much of the payment was refunded beside it: the shop has paid that twice, unless it wins.
    pub refunded: Option<Money>,
}

/// An early fraud warning about a payment, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarnedPayment {
    /// Stripe's id of the warning.
    pub stripe_id: String,
    /// The payment.
    pub payment: PaymentId,
    /// The event of its tickets.
    pub title: String,
    /// The amount of the payment.
    pub amount: Money,
    /// What the card's network says, in Stripe's word.
    pub kind: String,
    /// Whether a refund can still prevent a dispute.
    pub is_actionable: bool,
    /// When it was made.
    pub at: Timestamp,
}

/// What the operator reads about disputes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputesView {
    /// The open disputes, the one whose evidence is due first in front. At most [`SHOWN_MAX`].
    pub open: Vec<OpenDispute>,
    /// The early fraud warnings of the last 30 days, newest first. At most [`SHOWN_MAX`].
    pub warnings: Vec<WarnedPayment>,
}

/// The most disputes, and the most warnings, on the operator's page.
pub const SHOWN_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stripes_words() {
        for &status in DisputeStatus::VARIANTS {
            assert_eq!(serde_json::to_value(status).expect("it serializes"), status.code());
            assert_eq!(DisputeStatus::of_stripe(status.code()), status);
        }
        assert_eq!(DisputeStatus::of_stripe("of_later"), DisputeStatus::UnderReview);
        assert!(DisputeStatus::UnderReview.is_open());
    }

    #[test]
    fn inquiries_and_open_ones_are_told_apart() {
        let of = |is: fn(DisputeStatus) -> bool| -> Vec<_> {
            DisputeStatus::VARIANTS.iter().copied().filter(|status| is(*status)).map(DisputeStatus::code).collect()
        };
        assert_eq!(
            of(DisputeStatus::is_open),
            ["warning_needs_response", "warning_under_review", "needs_response", "under_review"]
        );
        assert_eq!(
            of(DisputeStatus::is_inquiry),
            ["warning_needs_response", "warning_under_review", "warning_closed", "prevented"]
        );
    }
}
