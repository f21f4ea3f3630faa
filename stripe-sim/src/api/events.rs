//! `/v1/events`

use serde_json::Value;

use super::lists;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;
use crate::model::event::Event;

/// `GET /v1/events/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.events.get(id, "id")?.object())
}

/// `GET /v1/events`, of all types or of one `type`.
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["limit", "starting_after", "type", "expand"])?;
    let kind = params.text("type")?;
    lists::page(
        &tx.db.events,
        "/v1/events",
        params,
        |event| kind.as_ref().is_none_or(|kind| event.kind == *kind),
        Event::object,
    )
}
