//! Which function answers which call.

use serde_json::{Value, json};

use super::Call;
use super::auth::Caller;
use super::{charges, events, intents, methods, refunds};
use crate::error::ApiError;
use crate::form::Params;
use crate::model::Scene;
use crate::model::expand::expand;
use crate::model::table::{Row, Table};

/// Finds the endpoint, runs it, and expands what was asked for.
pub(super) fn dispatch(call: &Call, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    let Call { params, caller, .. } = call;
    let path = call.path.strip_prefix("/v1/").unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let server = || match caller {
        Caller::Server => Ok(()),
        Caller::Browser => Err(ApiError::secret_key_required()),
    };
    let mut answer = match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["payment_intents", id]) => return intents::retrieve(*caller, id, params, scene),
        ("POST", ["payment_intents", id, "confirm"]) => {
            return intents::confirm(*caller, id, params, scene);
        }
        ("POST", ["payment_methods"]) => methods::create(params, scene),
        ("POST", ["payment_intents"]) => server().and_then(|()| intents::create(params, scene)),
        ("POST", ["payment_intents", id]) => server().and_then(|()| intents::update(id, params, scene)),
        ("POST", ["payment_intents", id, "capture"]) => server().and_then(|()| intents::capture(id, params, scene)),
        ("POST", ["payment_intents", id, "cancel"]) => server().and_then(|()| intents::cancel(id, params, scene)),
        ("GET", ["payment_intents"]) => server().and_then(|()| intents::list(params, scene)),
        ("GET", ["payment_methods", id]) => server().and_then(|()| methods::retrieve(id, params, scene)),
        ("GET", ["charges", id]) => server().and_then(|()| charges::retrieve(id, params, scene)),
        ("GET", ["charges"]) => server().and_then(|()| charges::list(params, scene)),
        ("POST", ["refunds"]) => server().and_then(|()| refunds::create(params, scene)),
        ("GET", ["refunds"]) => server().and_then(|()| refunds::list(params, scene)),
        ("GET", ["refunds", id]) => server().and_then(|()| refunds::retrieve(id, params, scene)),
        ("POST", ["refunds", id]) => server().and_then(|()| refunds::update(id, params, scene)),
        ("GET", ["events"]) => server().and_then(|()| events::list(params, scene)),
        ("GET", ["events", id]) => server().and_then(|()| events::retrieve(id, params, scene)),
        (method, _) => Err(ApiError::no_such_url(method, &call.path)),
    }?;
    expand(&mut answer, &params.list("expand")?, scene.ledger)?;
    Ok(answer)
}

/// One page of a table, as Stripe's list object.
pub(super) fn list<T: Row>(
    table: &Table<T>,
    url: &str,
    params: &Params,
    wanted: impl Fn(&T) -> bool,
    object: impl Fn(&T) -> Value,
) -> Result<Value, ApiError> {
    let (rows, has_more) = table.page(params, wanted)?;
    let data: Vec<Value> = rows.into_iter().map(object).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}
