//! Refunds: captured money given back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Scene;
use super::table::Row;
use crate::error::ApiError;
use crate::ids;

/// Money given back, at once: test mode does not let a card refund wait. Or not, when it is made to fail.
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
    /// Whether the bank refused it: the money stays with the shop.
    #[serde(default)]
    pub(crate) failed: bool,
}

impl Refund {
    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": null,
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
            object["failure_reason"] = json!("lost_or_stolen_card");
        }
        object
    }
}

impl Row for Refund {
    const KIND: &'static str = "refund";
    const LIMIT: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

/// Gives back `amount` minor units of a captured charge, or all that is left of it.
pub(crate) fn give_back(
    scene: &mut Scene<'_>,
    charge_id: &str,
    amount: Option<i64>,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
) -> Result<Value, ApiError> {
    let charge = scene.ledger.charges.get_mut(charge_id, "charge")?;
    if !charge.captured || charge.decline.is_some() {
        let message = format!("Charge {charge_id} has not been captured: there is nothing to refund.");
        return Err(ApiError::refused("charge_not_refundable", message));
    }
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {charge_id} has already been refunded.");
        return Err(ApiError::refused("charge_already_refunded", message));
    }
    if scene.faults.take_refused_refund() {
        let message = format!("Charge {charge_id} has been charged back; cannot issue a refund.");
        return Err(ApiError::refused("charge_disputed", message));
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 {
        return Err(ApiError::bad_param("amount", "Invalid positive integer"));
    }
    if amount > left {
        let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
        return Err(ApiError::refused("amount_too_large", message).with_param("amount"));
    }
    let refund = Refund {
        id: ids::object_id("re"),
        created: scene.now,
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        method: charge.method.id.clone(),
        amount,
        currency: charge.currency.clone(),
        reason,
        metadata,
        failed: scene.faults.take_failed_refund(),
    };
    let before = charge.amount_refunded;
    charge.refunds.push(refund.id.clone());
    let object = refund.object();
    if refund.failed {
        scene.ledger.refunds.push(refund);
        scene.emit("refund.created", &object);
        scene.emit("refund.failed", &object);
        return Ok(object);
    }
    charge.amount_refunded += amount;
    scene.ledger.refunds.push(refund);
    let charge = scene.ledger.charges.get(charge_id, "charge")?.object(scene.ledger);
    scene.emit("refund.created", &object);
    scene.emit_change("charge.refunded", &charge, Some(json!({ "amount_refunded": before })));
    Ok(object)
}
