//! Balance transactions: every movement of money into or out of the shop's balance.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Row;
use crate::ids;

/// What Stripe takes of a charge: 2.9 %, in thousandths.
const CHARGE_FEE_PER_MILLE: i64 = 29;
/// And this for each charge, in minor units.
const CHARGE_FEE: i64 = 30;

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// A charge was captured.
    Charge,
    /// A refund was sent.
    Refund,
    /// A bank returned a refund, or did not take it.
    RefundFailure,
    /// A bank took the money of a charge.
    Dispute,
    /// It gave the money back.
    DisputeReversal,
}

impl Cause {
    /// Stripe's `type`.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Dispute | Self::DisputeReversal => "adjustment",
        }
    }

    /// Stripe's `reporting_category`.
    fn category(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Dispute => "dispute",
            Self::DisputeReversal => "dispute_reversal",
        }
    }

    /// How Stripe's fee for it is described.
    fn fee_description(self) -> &'static str {
        match self {
            Self::Charge | Self::Refund | Self::RefundFailure => "Stripe processing fees",
            Self::Dispute | Self::DisputeReversal => "Dispute fee",
        }
    }
}

/// One balance transaction. Amounts are in minor units, negative where money left the balance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BalanceTransaction {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) cause: Cause,
    /// The charge, the refund or the dispute.
    pub(crate) source: String,
    pub(crate) amount: i64,
    /// What Stripe keeps for itself.
    pub(crate) fee: i64,
    pub(crate) currency: String,
    pub(crate) description: Option<String>,
}

impl BalanceTransaction {
    pub(crate) fn new(cause: Cause, source: &str, amount: i64, currency: &str, now: i64) -> Self {
        Self {
            id: ids::object_id("txn"),
            created: now,
            cause,
            source: source.to_owned(),
            amount,
            fee: 0,
            currency: currency.to_owned(),
            description: None,
        }
    }

    /// A captured charge, with Stripe's fee for it.
    pub(crate) fn of_charge(charge: &str, captured: i64, currency: &str, now: i64) -> Self {
        let fee = charge_fee(captured);
        Self { fee, ..Self::new(Cause::Charge, charge, captured, currency, now) }
    }

    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let fees = (self.fee != 0).then(|| {
            json!({
                "amount": self.fee,
                "application": null,
                "currency": self.currency,
                "description": self.cause.fee_description(),
                "type": "stripe_fee",
            })
        });
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": self.created,
            "balance_type": "payments",
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "exchange_rate": null,
            "fee": self.fee,
            "fee_details": fees.into_iter().collect::<Vec<_>>(),
            "net": self.amount - self.fee,
            "reporting_category": self.cause.category(),
            "source": self.source,
            "status": "available",
            "type": self.cause.kind(),
        })
    }
}

impl Row for BalanceTransaction {
    const KIND: &'static str = "balance transaction";
    const CAPACITY: usize = 400_000;

    fn id(&self) -> &str {
        &self.id
    }
}

/// Stripe's fee for a charge, rounded to whole minor units.
fn charge_fee(captured: i64) -> i64 {
    (captured * CHARGE_FEE_PER_MILLE + 500) / 1_000 + CHARGE_FEE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charge_costs_a_share_and_thirty_cents() {
        assert_eq!([50, 1_999, 4_950].map(charge_fee), [31, 88, 174]);
    }
}
