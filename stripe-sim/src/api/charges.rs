//! `/v1/charges`, to look at: money moves through payment intents.

use serde_json::Value;

use super::routes;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::Scene;

/// `GET /v1/charges/{id}`
pub(super) fn retrieve(id: &str, params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["expand"])?;
    Ok(scene.ledger.charges.get(id, "id")?.object(scene.ledger))
}

/// `GET /v1/charges`
pub(super) fn list(params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["limit", "starting_after", "ending_before", "created", "payment_intent", "expand"])?;
    let intent = params.text("payment_intent")?;
    routes::list(
        &scene.ledger.charges,
        "/v1/charges",
        params,
        |charge| intent.as_ref().is_none_or(|intent| charge.intent == *intent),
        |charge| charge.object(scene.ledger),
    )
}
