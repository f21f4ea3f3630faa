//! Which function handles which endpoint.

use serde_json::Value;

use super::auth::Caller;
use super::request::Request;
use super::{balance, charges, disputes, events, intents, methods, refunds};
use crate::error::ApiError;
use crate::model::database::Transaction;
use crate::model::expand::expand;

/// Runs the endpoint's function and expands its object.
pub(super) fn dispatch(request: &Request, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    let Request { params, caller, .. } = request;
    let path = request.path.strip_prefix("/v1/").unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let server = || match caller {
        Caller::Server => Ok(()),
        Caller::Browser => Err(ApiError::secret_key_required()),
    };
    let mut object = match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["payment_intents", id]) => return intents::retrieve(*caller, id, params, tx),
        ("POST", ["payment_intents", id, "confirm"]) => {
            return intents::confirm(*caller, id, params, tx);
        }
        ("POST", ["payment_methods"]) => methods::create(params, tx),
        ("POST", ["payment_intents"]) => server().and_then(|()| intents::create(params, tx)),
        ("POST", ["payment_intents", id]) => server().and_then(|()| intents::update(id, params, tx)),
        ("POST", ["payment_intents", id, "capture"]) => server().and_then(|()| intents::capture(id, params, tx)),
        ("POST", ["payment_intents", id, "cancel"]) => server().and_then(|()| intents::cancel(id, params, tx)),
        ("GET", ["payment_intents"]) => server().and_then(|()| intents::list(params, tx)),
        ("GET", ["payment_methods", id]) => server().and_then(|()| methods::retrieve(id, params, tx)),
        ("GET", ["charges", id]) => server().and_then(|()| charges::retrieve(id, params, tx)),
        ("GET", ["charges"]) => server().and_then(|()| charges::list(params, tx)),
        ("POST", ["refunds"]) => server().and_then(|()| refunds::create(params, tx)),
        ("GET", ["refunds"]) => server().and_then(|()| refunds::list(params, tx)),
        ("GET", ["refunds", id]) => server().and_then(|()| refunds::retrieve(id, params, tx)),
        ("POST", ["refunds", id]) => server().and_then(|()| refunds::update(id, params, tx)),
        ("GET", ["disputes"]) => server().and_then(|()| disputes::list(params, tx)),
        ("GET", ["disputes", id]) => server().and_then(|()| disputes::retrieve(id, params, tx)),
        ("GET", ["radar", "early_fraud_warnings"]) => server().and_then(|()| disputes::list_warnings(params, tx)),
        ("GET", ["radar", "early_fraud_warnings", id]) => {
            server().and_then(|()| disputes::retrieve_warning(id, params, tx))
        }
        ("GET", ["balance_transactions"]) => server().and_then(|()| balance::list(params, tx)),
        ("GET", ["balance_transactions", id]) => server().and_then(|()| balance::retrieve(id, params, tx)),
        ("GET", ["events"]) => server().and_then(|()| events::list(params, tx)),
        ("GET", ["events", id]) => server().and_then(|()| events::retrieve(id, params, tx)),
        (method, _) => Err(ApiError::no_such_url(method, &request.path)),
    }?;
    expand(&mut object, &params.list("expand")?, tx.db)?;
    Ok(object)
}
