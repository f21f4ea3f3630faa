//! Balance transactions at Stripe: every movement of money into or out of the shop's balance.
//!
//! Only the members that are needed here are read, as of disputes.

use miniserde::Deserialize;
use stripe_types::Timestamp;

use super::{
    Stripe, StripeError,
    list::{Answer, ListRequest},
    operation::StripeOperation,
    page::Page,
};

/// What moved the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// A charge was captured.
    Charge,
    /// A refund was sent.
    Refund,
    /// A refund failed: its money came back.
    RefundFailure,
    /// A bank took the money of a disputed charge.
    Dispute,
    /// The bank gave it back.
    DisputeReinstated,
    /// Stripe took a fee that belongs to no charge, refund or dispute.
    StripeFee,
    /// Between the balance and the shop's own bank account: a payout or a top-up, or one that failed.
    Bank,
    /// Anything else, and what Stripe adds later.
    Other,
}

/// A balance transaction as Stripe returned it. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceTransaction {
    /// Stripe's id.
    pub id: String,
    /// What moved the money.
    pub moved: Moved,
    /// Stripe's word for it, such as `charge`.
    pub kind: String,
    /// Stripe's id of the charge, the refund or the dispute.
    pub source_id: Option<String>,
    /// The intent whose money moved.
    pub intent_id: Option<String>,
    /// How much entered the balance, in the smallest unit of the currency; negative for what left it. Stripe's fee is not
    /// taken off.
    pub amount_cents: i64,
    /// How much of it Stripe keeps for itself; negative for what it gives back.
    pub fee_cents: i64,
    /// Three letters, in lower case.
    pub currency: String,
    /// When the money moved, in seconds since 1970.
    pub created_s: i64,
}

impl Stripe {
    /// A page of all balance transactions that were made at or after `since_s`, in seconds since 1970; `after` is the cursor
    /// of the previous page.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn balance_transactions_since(
        &self,
        since_s: Timestamp,
        after: Option<&str>,
    ) -> Result<Page<BalanceTransaction>, StripeError> {
        // The source alone does not name the intent.
        let request = ListRequest::<MovementAnswer>::default().with("expand[0]", "data.source");
        self.list(&request.since(since_s).after(after)).await
    }
}

/// What is read of a balance transaction.
#[derive(Deserialize)]
struct MovementAnswer {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    source: Option<SourceAnswer>,
    amount: i64,
    fee: i64,
    currency: String,
    created: i64,
}

/// What is read of the charge, the refund or the dispute.
#[derive(Deserialize)]
struct SourceAnswer {
    id: String,
    object: String,
    payment_intent: Option<String>,
}

impl Answer for MovementAnswer {
    type Object = BalanceTransaction;
    const OPERATION: StripeOperation = StripeOperation::ListBalance;
    const PATH: &'static str = "/balance_transactions";

    fn id(object: &BalanceTransaction) -> &str {
        &object.id
    }
}

impl From<MovementAnswer> for BalanceTransaction {
    fn from(answer: MovementAnswer) -> Self {
        let is_dispute = answer.source.as_ref().is_some_and(|source| source.object == "dispute");
        let moved = match answer.kind.as_str() {
            "charge" | "payment" => Moved::Charge,
            "refund" | "payment_refund" => Moved::Refund,
            "refund_failure" => Moved::RefundFailure,
            "adjustment" if is_dispute && answer.amount < 0 => Moved::Dispute,
            "adjustment" if is_dispute => Moved::DisputeReinstated,
            "stripe_fee" | "stripe_fx_fee" | "tax_fee" => Moved::StripeFee,
            "payout" | "payout_cancel" | "payout_failure" | "topup" | "topup_reversal" => Moved::Bank,
            _ => Moved::Other,
        };
        let (source_id, intent_id) =
            answer.source.map_or((None, None), |source| (Some(source.id), source.payment_intent));
        // Of a fee by itself Stripe says the amount.
        let (amount_cents, fee_cents) = match moved {
            Moved::StripeFee => (0, answer.fee - answer.amount),
            _ => (answer.amount, answer.fee),
        };
        Self {
            id: answer.id,
            moved,
            kind: answer.kind,
            source_id,
            intent_id,
            amount_cents,
            fee_cents,
            currency: answer.currency,
            created_s: answer.created,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARGE: &str = r#"{
        "id": "txn_1", "object": "balance_transaction", "amount": 4950, "available_on": 1767225600, "balance_type": "payments",
        "created": 1767225600, "currency": "usd", "description": null, "exchange_rate": null, "fee": 174,
        "fee_details": [{ "amount": 174, "application": null, "currency": "usd", "description": "Stripe", "type": "stripe_fee" }],
        "net": 4776, "reporting_category": "charge", "status": "pending", "type": "charge",
        "source": { "id": "ch_1", "object": "charge", "payment_intent": "pi_1", "amount": 4950, "refunds": null }
    }"#;

    fn read(text: &str) -> BalanceTransaction {
        miniserde::json::from_str::<MovementAnswer>(text).expect("Stripe's shape").into()
    }

    #[test]
    fn movement_is_read_by_its_type_and_direction() {
        let charge = read(CHARGE);
        assert_eq!((charge.moved, charge.amount_cents, charge.fee_cents), (Moved::Charge, 4950, 174));
        assert_eq!((charge.source_id.as_deref(), charge.intent_id.as_deref()), (Some("ch_1"), Some("pi_1")));

        let of = |kind: &str, amount: &str, object: &str| {
            let text = CHARGE.replace(r#""type": "charge""#, &format!(r#""type": "{kind}""#));
            read(&text.replace("4950", amount).replace(r#""object": "charge""#, &format!(r#""object": "{object}""#)))
        };
        assert_eq!(of("adjustment", "-4950", "dispute").moved, Moved::Dispute);
        assert_eq!(of("adjustment", "4950", "dispute").moved, Moved::DisputeReinstated);
        assert_eq!(of("adjustment", "4950", "charge").moved, Moved::Other, "an adjustment that is of no dispute");
        assert_eq!(of("refund_failure", "4950", "refund").moved, Moved::RefundFailure);
        assert_eq!(of("payout", "-4950", "payout").moved, Moved::Bank);
        assert_eq!(of("of_a_later_year", "1", "charge").moved, Moved::Other);
    }

    #[test]
    fn fee_without_a_payment_is_all_fee() {
        let (from, to) = (CHARGE.find(r#""source""#).expect("it has one"), CHARGE.rfind('}').expect("an end"));
        let text = CHARGE
            .replace(&CHARGE[from..to], r#""source": null"#)
            .replace(r#""type": "charge""#, r#""type": "stripe_fee""#);
        let fee = read(&text.replace("4950", "-25").replace(r#""fee": 174"#, r#""fee": 0"#));
        assert_eq!((fee.moved, fee.amount_cents, fee.fee_cents), (Moved::StripeFee, 0, 25));
        assert_eq!((fee.source_id, fee.intent_id), (None, None));
    }
}
