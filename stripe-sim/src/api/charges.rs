//! `/v1/charges`, to read only: payment intents move the money.

use serde_json::Value;

use super::lists;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;

/// `GET /v1/charges/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    tx.db.charge_object(id, "id")
}

/// `GET /v1/charges`
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["limit", "starting_after", "payment_intent", "expand"])?;
    let intent = params.text("payment_intent")?;
    lists::page(
        &tx.db.charges,
        "/v1/charges",
        params,
        |charge| intent.as_ref().is_none_or(|intent| charge.intent == *intent),
        |charge| charge.object(&tx.db.refunds),
    )
}
