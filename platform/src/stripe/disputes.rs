//! Disputes and early fraud warnings at Stripe.
//!
//! Of an answer only the members that are needed here are read, so that no other member, missing or new, hides what
//! became of the money.

use miniserde::Deserialize;
use model::disputes::DisputeStatus;
use stripe_types::Timestamp;

use super::{
    Stripe, StripeError, StripeFailure,
    list::{Answer, ListRequest},
    operation::StripeOperation,
    page::Page,
};

/// The most pages of one intent: far more than an intent has.
const PAGES_MAX: usize = 10;

/// Money that Stripe took for a dispute or gave back after it, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisputeMoney {
    /// How much of the payment moved.
    pub cents: i64,
    /// How much of Stripe's own fee moved with it.
    pub fee_cents: i64,
}

/// A dispute as Stripe returned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Stripe's id.
    pub id: String,
    /// The intent whose payment is disputed.
    pub intent_id: Option<String>,
    /// How much is disputed, in cents.
    pub amount_cents: i64,
    /// Why, in Stripe's word, such as `fraudulent`.
    pub reason: String,
    /// Its status.
    pub status: DisputeStatus,
    /// Until when evidence counts, in seconds since 1970.
    pub evidence_due_s: Option<i64>,
    /// Whether Stripe would still refund the payment.
    pub is_refundable: bool,
    /// What Stripe took from the shop.
    pub withdrawn: Option<DisputeMoney>,
    /// What Stripe gave back.
    pub reinstated: Option<DisputeMoney>,
    /// When it was opened, in seconds since 1970.
    pub created_s: i64,
}

/// An early fraud warning: a card's network says that a payment may be fraud. A dispute often follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FraudWarning {
    /// Stripe's id.
    pub id: String,
    /// The intent that it is about.
    pub intent_id: Option<String>,
    /// What the network says, in Stripe's word, such as `made_with_stolen_card`.
    pub kind: String,
    /// Whether a refund can still prevent a dispute.
    pub is_actionable: bool,
    /// When it was made, in seconds since 1970.
    pub created_s: i64,
}

impl Stripe {
    /// All disputes of an intent so far, newest first.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn disputes(&self, intent_id: &str) -> Result<Vec<Dispute>, StripeError> {
        self.all::<DisputeAnswer>(intent_id).await
    }

    /// A page of all disputes that were opened at or after `since_s`, in seconds since 1970; `after` is the cursor of the
    /// previous page.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn disputes_since(&self, since_s: Timestamp, after: Option<&str>) -> Result<Page<Dispute>, StripeError> {
        self.list(&ListRequest::<DisputeAnswer>::default().since(since_s).after(after)).await
    }

    /// All early fraud warnings about an intent so far, newest first.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn fraud_warnings(&self, intent_id: &str) -> Result<Vec<FraudWarning>, StripeError> {
        self.all::<WarningAnswer>(intent_id).await
    }

    /// A page of all early fraud warnings that were made at or after `since_s`, in seconds since 1970; `after` is the cursor
    /// of the previous page.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn fraud_warnings_since(
        &self,
        since_s: Timestamp,
        after: Option<&str>,
    ) -> Result<Page<FraudWarning>, StripeError> {
        self.list(&ListRequest::<WarningAnswer>::default().since(since_s).after(after)).await
    }

    /// All objects of an intent.
    async fn all<A: Answer>(&self, intent_id: &str) -> Result<Vec<A::Object>, StripeError> {
        let (mut objects, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let request = ListRequest::<A>::default().with("payment_intent", intent_id).after(after.as_deref());
            let page = self.list(&request).await?;
            objects.extend(page.objects);
            after = page.next;
            if after.is_none() {
                return Ok(objects);
            }
        }
        Err(StripeError::Refused(StripeFailure::Client("an intent has more than a thousand disputes".to_owned())))
    }
}

/// What is read of a dispute.
#[derive(Deserialize)]
struct DisputeAnswer {
    id: String,
    payment_intent: Option<String>,
    amount: i64,
    reason: String,
    status: String,
    evidence_details: Option<EvidenceAnswer>,
    is_charge_refundable: bool,
    balance_transactions: Vec<MoneyAnswer>,
    created: i64,
}

#[derive(Deserialize)]
struct EvidenceAnswer {
    due_by: Option<i64>,
}

/// What is read of a balance transaction: negative amounts leave the shop's balance.
#[derive(Deserialize)]
struct MoneyAnswer {
    amount: i64,
    /// Positive where the shop pays it.
    fee: i64,
}

/// What is read of an early fraud warning.
#[derive(Deserialize)]
struct WarningAnswer {
    id: String,
    payment_intent: Option<String>,
    fraud_type: String,
    actionable: bool,
    created: i64,
}

impl Answer for DisputeAnswer {
    type Object = Dispute;
    const OPERATION: StripeOperation = StripeOperation::ListDisputes;
    const PATH: &'static str = "/disputes";

    fn id(object: &Dispute) -> &str {
        &object.id
    }
}

impl Answer for WarningAnswer {
    type Object = FraudWarning;
    const OPERATION: StripeOperation = StripeOperation::ListFraudWarnings;
    const PATH: &'static str = "/radar/early_fraud_warnings";

    fn id(object: &FraudWarning) -> &str {
        &object.id
    }
}

impl From<DisputeAnswer> for Dispute {
    fn from(answer: DisputeAnswer) -> Self {
        let money = |moves: &dyn Fn(&MoneyAnswer) -> bool, sign: i64| {
            let moved = answer.balance_transactions.iter().filter(|moved| moves(moved));
            let (cents, fee_cents) = moved.fold((0, 0), |(cents, fee), moved| (cents + moved.amount, fee + moved.fee));
            // Both are positive where they go the usual way.
            (cents != 0).then_some(DisputeMoney { cents: sign * cents, fee_cents: -sign * fee_cents })
        };
        Self {
            withdrawn: money(&|moved| moved.amount < 0, -1),
            reinstated: money(&|moved| moved.amount > 0, 1),
            id: answer.id,
            intent_id: answer.payment_intent,
            amount_cents: answer.amount,
            reason: answer.reason,
            status: DisputeStatus::of_stripe(&answer.status),
            // Stripe says 0 where no evidence is taken.
            evidence_due_s: answer.evidence_details.and_then(|evidence| evidence.due_by).filter(|due_s| *due_s > 0),
            is_refundable: answer.is_charge_refundable,
            created_s: answer.created,
        }
    }
}

impl From<WarningAnswer> for FraudWarning {
    fn from(answer: WarningAnswer) -> Self {
        Self {
            id: answer.id,
            intent_id: answer.payment_intent,
            kind: answer.fraud_type,
            is_actionable: answer.actionable,
            created_s: answer.created,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISPUTE: &str = r#"{
        "id": "dp_1", "object": "dispute", "amount": 4950, "charge": "ch_1", "created": 1767225600, "currency": "usd",
        "payment_intent": "pi_1", "reason": "fraudulent", "status": "won", "is_charge_refundable": false,
        "evidence_details": { "due_by": 1767830400, "has_evidence": true }, "evidence": { "product_description": null },
        "balance_transactions": [{ "id": "txn_2", "amount": 4950, "fee": -1500 }, { "id": "txn_1", "amount": -4950, "fee": 1500 }]
    }"#;

    #[test]
    fn money_of_a_dispute_is_read_by_its_direction() {
        let read =
            |text: &str| Dispute::from(miniserde::json::from_str::<DisputeAnswer>(text).expect("Stripe's shape"));
        let dispute = read(DISPUTE);
        let moved = Some(DisputeMoney { cents: 4950, fee_cents: 1500 });
        assert_eq!((dispute.withdrawn, dispute.reinstated, dispute.status), (moved, moved, DisputeStatus::Won));
        assert_eq!(dispute.evidence_due_s, Some(1_767_830_400));

        let inquiry = DISPUTE
            .replace(
                r#"[{ "id": "txn_2", "amount": 4950, "fee": -1500 }, { "id": "txn_1", "amount": -4950, "fee": 1500 }]"#,
                "[]",
            )
            .replace("won", "a word of later")
            .replace("1767830400", "0");
        let inquiry = read(&inquiry);
        assert_eq!((inquiry.withdrawn, inquiry.reinstated, inquiry.evidence_due_s), (None, None, None));
        assert_eq!(inquiry.status, DisputeStatus::UnderReview, "an unknown status is open");
    }
}
