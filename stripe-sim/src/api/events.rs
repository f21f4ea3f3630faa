//! `/v1/events`

use serde_json::Value;

use super::routes;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::Scene;
use crate::model::event::Event;

/// `GET /v1/events/{id}`
pub(super) fn retrieve(id: &str, params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["expand"])?;
    Ok(scene.ledger.events.get(id, "id")?.object())
}

/// `GET /v1/events`, of one `type` or of several `types`; `payment_intent.*` names a family.
pub(super) fn list(params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "created",
        "type",
        "types",
        "delivery_success",
        "expand",
    ])?;
    let mut kinds = params.list("types")?;
    kinds.extend(params.text("type")?);
    let delivered = match params.text("delivery_success")? {
        None => None,
        Some(_) => Some(params.flag("delivery_success")?),
    };
    routes::list(
        &scene.ledger.events,
        "/v1/events",
        params,
        |event| {
            (kinds.is_empty() || kinds.iter().any(|kind| matches(kind, &event.kind)))
                && delivered.is_none_or(|delivered| delivered == (event.pending == 0))
        },
        Event::object,
    )
}

fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(family) => kind.starts_with(family),
        None => kind == pattern,
    }
}
