//! Disputes and early fraud warnings: a cardholder's bank asks for the money, or the network expects that.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::balance::BalanceTransaction;
use super::table::Row;

/// Every member of the evidence that a shop may give.
const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// Stripe's statuses of a dispute, as far as the simulator has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputeStatus {
    WarningNeedsResponse,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
}

impl DisputeStatus {
    /// Stripe's word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::WarningNeedsResponse => "warning_needs_response",
            Self::WarningClosed => "warning_closed",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Whether the bank has not decided yet.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::WarningNeedsResponse | Self::NeedsResponse | Self::UnderReview)
    }
}

/// One dispute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) charge: String,
    pub(crate) intent: String,
    /// Minor units.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: String,
    pub(crate) status: DisputeStatus,
    /// When evidence is due, in seconds since the Unix epoch.
    pub(crate) due_by: i64,
    /// How many times evidence was given.
    pub(crate) submissions: u32,
    /// Its balance transactions, oldest first.
    #[serde(default)]
    pub(crate) transactions: Vec<BalanceTransaction>,
}

impl Dispute {
    /// Whether Stripe refuses refunds of the charge.
    pub(crate) fn blocks_refunds(&self) -> bool {
        matches!(self.status, DisputeStatus::NeedsResponse | DisputeStatus::UnderReview | DisputeStatus::Lost)
    }

    /// What the bank has of the shop's money, in minor units.
    pub(crate) fn withdrawn(&self) -> i64 {
        -self.transactions.iter().map(|moved| moved.amount).sum::<i64>()
    }

    /// What Stripe has charged for it, in minor units.
    pub(crate) fn fees(&self) -> i64 {
        self.transactions.iter().map(|moved| moved.fee).sum()
    }

    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let mut evidence: Map<String, Value> = EVIDENCE.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        evidence.insert("enhanced_evidence".to_owned(), json!({}));
        let transactions: Vec<Value> = self.transactions.iter().map(BalanceTransaction::object).collect();
        json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": transactions,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": self.due_by,
                "enhanced_eligibility": {},
                "has_evidence": self.submissions > 0,
                "past_due": false,
                "submission_count": self.submissions,
            },
            "is_charge_refundable": !self.blocks_refunds(),
            "livemode": false,
            "metadata": {},
            "network_reason_code": "10.4",
            "payment_intent": self.intent,
            "payment_method_details": {
                "card": { "brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4" },
                "type": "card",
            },
            "reason": self.reason,
            "status": self.status.code(),
        })
    }
}

impl Row for Dispute {
    const KIND: &'static str = "dispute";
    const CAPACITY: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }
}

/// One early fraud warning.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FraudWarning {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) charge: String,
    pub(crate) intent: String,
    pub(crate) actionable: bool,
}

impl FraudWarning {
    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        json!({
            "id": self.id,
            "object": "radar.early_fraud_warning",
            "actionable": self.actionable,
            "charge": self.charge,
            "created": self.created,
            "fraud_type": "made_with_stolen_card",
            "livemode": false,
            "payment_intent": self.intent,
        })
    }
}

impl Row for FraudWarning {
    const KIND: &'static str = "early fraud warning";
    const CAPACITY: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }
}
