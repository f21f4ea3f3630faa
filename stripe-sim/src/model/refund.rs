//! Refunds: captured money on its way back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Row;

/// One refund. It succeeds at once, as a card's does in Stripe's test mode, unless a fault makes it fail. A bank may
/// return it later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) charge: String,
    pub(crate) intent: String,
    pub(crate) method: String,
    /// Minor units.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Whether the bank refused it; the shop keeps the money then.
    #[serde(default)]
    pub(crate) failed: bool,
    /// When the bank returns it, in seconds since the Unix epoch, if a fault says so.
    #[serde(default)]
    pub(crate) fails_at: Option<i64>,
    /// Its balance transaction.
    #[serde(default)]
    pub(crate) balance_transaction: Option<String>,
    /// The balance transaction of its failure.
    #[serde(default)]
    pub(crate) failure_balance_transaction: Option<String>,
}

impl Refund {
    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "customer": null,
            "customer_account": null,
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": self.metadata,
            "payment_intent": self.intent,
            "payment_method": self.method,
            "reason": self.reason,
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": if self.failed { "failed" } else { "succeeded" },
            "transfer_reversal": null,
        });
        if self.failed {
            object["failure_balance_transaction"] = json!(self.failure_balance_transaction);
            object["failure_reason"] = json!("lost_or_stolen_card");
        }
        object
    }
}

impl Row for Refund {
    const KIND: &'static str = "refund";
    const CAPACITY: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }
}
