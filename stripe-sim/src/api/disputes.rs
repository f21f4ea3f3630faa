//! `/v1/disputes` and `/v1/radar/early_fraud_warnings`, to read only: the bank opens and decides them.

use serde_json::Value;

use super::lists;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;
use crate::model::dispute::{Dispute, FraudWarning};

/// `GET /v1/disputes/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.disputes.get(id, "id")?.object())
}

/// `GET /v1/disputes`
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    let Selection { intent, charge, since } = Selection::of(params)?;
    lists::page(
        &tx.db.disputes,
        "/v1/disputes",
        params,
        |dispute| {
            intent.as_ref().is_none_or(|intent| dispute.intent == *intent)
                && charge.as_ref().is_none_or(|charge| dispute.charge == *charge)
                && since.is_none_or(|since| dispute.created >= since)
        },
        Dispute::object,
    )
}

/// `GET /v1/radar/early_fraud_warnings/{id}`
pub(super) fn retrieve_warning(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.fraud_warnings.get(id, "id")?.object())
}

/// `GET /v1/radar/early_fraud_warnings`
pub(super) fn list_warnings(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    let Selection { intent, charge, since } = Selection::of(params)?;
    lists::page(
        &tx.db.fraud_warnings,
        "/v1/radar/early_fraud_warnings",
        params,
        |warning| {
            intent.as_ref().is_none_or(|intent| warning.intent == *intent)
                && charge.as_ref().is_none_or(|charge| warning.charge == *charge)
                && since.is_none_or(|since| warning.created >= since)
        },
        FraudWarning::object,
    )
}

/// The filters that both lists have.
struct Selection {
    intent: Option<String>,
    charge: Option<String>,
    since: Option<i64>,
}

impl Selection {
    fn of(params: &Params) -> Result<Self, ApiError> {
        params.reject_unknown(&["limit", "starting_after", "payment_intent", "charge", "created", "expand"])?;
        let since = match params.nested("created")? {
            Some(created) => {
                created.reject_unknown(&["gte"])?;
                created.integer("gte")?
            }
            None => None,
        };
        Ok(Self { intent: params.text("payment_intent")?, charge: params.text("charge")?, since })
    }
}
