//! What buyer and seller read of a dispute.

use model::{Money, disputes::DisputeStatus};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::timestamp;

/// The dispute of an order's payment.
#[derive(Debug, Deserialize)]
pub(super) struct DisputedRow {
    status: DisputeStatus,
    amount_cents: i64,
    #[serde(with = "time::serde::rfc3339::option")]
    evidence_due_at: Option<OffsetDateTime>,
}

impl DisputedRow {
    /// For the buyer, whose bank it is.
    pub(super) fn for_buyer(&self) -> String {
        let (amount, until) = (Money::usd(self.amount_cents), self.until());
        match self.status {
            DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningUnderReview => {
                format!("Your bank has asked us about your payment of {amount}. {until} No money has moved.")
            }
            DisputeStatus::WarningClosed | DisputeStatus::Prevented => {
                format!("Your bank had asked us about your payment of {amount}. It has no more questions.")
            }
            DisputeStatus::NeedsResponse | DisputeStatus::UnderReview => format!(
                "Your payment of {amount} is disputed: your bank has taken the money back and decides who gets it. {until} \
                 Until it has decided, we cannot refund the payment."
            ),
            DisputeStatus::Won => {
                format!("Your payment of {amount} was disputed. Your bank has decided that the payment stands.")
            }
            DisputeStatus::Lost => {
                format!(
                    "Your payment of {amount} was disputed. Your bank has decided that you get the money back from it."
                )
            }
        }
    }

    /// For the seller, whose part of the money it is.
    pub(super) fn for_seller(&self) -> String {
        let (amount, until) = (Money::usd(self.amount_cents), self.until());
        match self.status {
            DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningUnderReview => {
                format!("The buyer's bank has asked us about the payment of {amount}. {until} No money has moved.")
            }
            DisputeStatus::WarningClosed | DisputeStatus::Prevented => {
                format!("The buyer's bank had asked us about the payment of {amount}. It has no more questions.")
            }
            DisputeStatus::NeedsResponse | DisputeStatus::UnderReview => format!(
                "The payment of {amount} is disputed: the buyer's bank has taken the money back and decides who gets it. {until} \
                 Your part is off your balance until then."
            ),
            DisputeStatus::Won => format!(
                "The payment of {amount} was disputed. The bank has decided that it stands, and your part is in your balance again."
            ),
            DisputeStatus::Lost => format!(
                "The payment of {amount} was disputed. The bank has given it back to the buyer, and your part stays off your balance."
            ),
        }
    }

    /// Until when the operator gives evidence.
    fn until(&self) -> String {
        match (self.status, self.evidence_due_at) {
            (DisputeStatus::WarningNeedsResponse | DisputeStatus::NeedsResponse, Some(at)) => {
                format!("We answer it by {}.", timestamp::date_and_time(at).text)
            }
            (DisputeStatus::WarningUnderReview | DisputeStatus::UnderReview, _) => "We have answered it.".to_owned(),
            _ => "It asks for no answer.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn open_dispute_says_how_much_and_until_when() {
        let evidence_due_at = Some(datetime!(2027-05-12 23:59 UTC));
        let row = |status| DisputedRow { status, amount_cents: 4950, evidence_due_at };
        assert_eq!(
            row(DisputeStatus::NeedsResponse).for_buyer(),
            "Your payment of $49.50 is disputed: your bank has taken the money back and decides who gets it. \
             We answer it by 12 May 2027, 23:59 UTC. Until it has decided, we cannot refund the payment."
        );
        assert!(row(DisputeStatus::UnderReview).for_seller().contains("We have answered it."));
        assert!(row(DisputeStatus::WarningNeedsResponse).for_seller().contains("No money has moved."));
        assert!(row(DisputeStatus::Won).for_seller().contains("in your balance again"));
    }
}
