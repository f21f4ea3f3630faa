//! `/v1/refunds`

use std::collections::BTreeMap;

use serde_json::Value;

use super::{fields, lists};
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;
use crate::model::payment;
use crate::model::refund::Refund;

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// `POST /v1/refunds`, of a `payment_intent` or of a `charge`.
pub(super) fn create(params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["payment_intent", "charge", "amount", "reason", "metadata", "expand"])?;
    let amount = params.integer("amount")?;
    let reason = params.choice("reason", &REASONS)?;
    let mut metadata = BTreeMap::new();
    fields::merge_metadata(params, &mut metadata)?;
    let charge = match (params.text("payment_intent")?, params.text("charge")?) {
        (None, None) => {
            return Err(ApiError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            ));
        }
        (None, Some(charge)) => charge,
        (Some(intent_id), charge) => {
            let intent = tx.db.intents.get(&intent_id, "payment_intent")?;
            let latest = intent.latest_charge.clone().ok_or_else(|| {
                let message = format!("This PaymentIntent ({intent_id}) does not have a successful charge to refund.");
                ApiError::refused("payment_intent_unexpected_state", message).with_intent(intent.object())
            })?;
            match charge {
                Some(charge) if charge != latest => {
                    let message = format!("Charge {charge} does not belong to {intent_id}.");
                    return Err(ApiError::bad_param("charge", message));
                }
                _ => latest,
            }
        }
    };
    payment::refund(tx, &charge, amount, reason, metadata)
}

/// `GET /v1/refunds/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.refunds.get(id, "id")?.object())
}

/// `POST /v1/refunds/{id}`, for its metadata.
pub(super) fn update(id: &str, params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["metadata", "expand"])?;
    let refund = tx.db.refunds.get_mut(id, "id")?;
    let mut metadata = refund.metadata.clone();
    fields::merge_metadata(params, &mut metadata)?;
    let before = serde_json::json!({ "metadata": refund.metadata });
    refund.metadata = metadata;
    let object = refund.object();
    tx.emit_change("refund.updated", &object, Some(before));
    Ok(object)
}

/// `GET /v1/refunds`
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["limit", "starting_after", "payment_intent", "charge", "created", "expand"])?;
    let since = match params.nested("created")? {
        Some(created) => {
            created.reject_unknown(&["gte"])?;
            created.integer("gte")?
        }
        None => None,
    };
    let (intent, charge) = (params.text("payment_intent")?, params.text("charge")?);
    lists::page(
        &tx.db.refunds,
        "/v1/refunds",
        params,
        |refund| {
            intent.as_ref().is_none_or(|intent| refund.intent == *intent)
                && since.is_none_or(|since| refund.created >= since)
                && charge.as_ref().is_none_or(|charge| refund.charge == *charge)
        },
        Refund::object,
    )
}
