//! `/_sim/`: faults, disputes, balances and the request log, for tests and for people.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::balances::Balances;
use crate::faults::Faults;
use crate::ids;
use crate::model::disputing::{self, Act};
use crate::model::payment;
use crate::state::{AppState, LoggedRequest};

/// Requests shown without a `limit`.
const DEFAULT_LIMIT: usize = 100;

/// `GET /_sim/faults`
pub(crate) async fn show_faults(State(app): State<Arc<AppState>>) -> Json<Faults> {
    Json(app.lock().faults.clone())
}

/// `POST /_sim/faults`: changes the named faults and returns all of them.
///
/// It takes JSON only: a browser sends that to another site only after a preflight.
pub(crate) async fn change_faults(
    State(app): State<Arc<AppState>>,
    changes: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Json<Faults>, (StatusCode, Json<Value>)> {
    let refused =
        |message: String| (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": { "message": message } })));
    let Json(changes) = changes.map_err(|rejection| refused(rejection.body_text()))?;
    let mut state = app.lock();
    let faults = state.faults.changed(&changes).map_err(|error| refused(error.to_string()))?;
    state.set_faults(faults.clone());
    Ok(Json(faults))
}

/// `DELETE /_sim/faults`: removes all faults.
pub(crate) async fn reset_faults(State(app): State<Arc<AppState>>) -> Json<Faults> {
    app.lock().set_faults(Faults::default());
    Json(Faults::default())
}

/// `PUT /_sim/refunds/{id}/failed`: the bank returns a refund that has succeeded.
///
/// It is no POST: a browser sends a PUT to another site only after a preflight.
pub(crate) async fn fail_refund(State(app): State<Arc<AppState>>, Path(id): Path<String>) -> StatusCode {
    let mut state = app.lock();
    match app.transact(&mut state, &ids::request_id(), None, |tx| payment::return_refund(tx, &id)) {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::CONFLICT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

/// `PUT /_sim/payments/{intent}/{act}`: what the cardholder's bank does about a payment, or the shop about its dispute.
///
/// It is no POST, for the same reason.
pub(crate) async fn act_on_payment(
    State(app): State<Arc<AppState>>,
    Path((intent, act)): Path<(String, String)>,
) -> StatusCode {
    let Some(act) = Act::of(&act) else { return StatusCode::NOT_FOUND };
    let mut state = app.lock();
    match app.transact(&mut state, &ids::request_id(), None, |tx| disputing::act(tx, &intent, act)) {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::CONFLICT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

/// `GET /_sim/books`: the sums of all payments.
pub(crate) async fn balances(State(app): State<Arc<AppState>>) -> Json<Balances> {
    Json(Balances::of(&app.lock().db))
}

#[derive(Deserialize)]
pub(crate) struct LogQuery {
    limit: Option<usize>,
}

/// `GET /_sim/requests?limit=`: the newest API requests, oldest first.
pub(crate) async fn requests(
    State(app): State<Arc<AppState>>,
    Query(LogQuery { limit }): Query<LogQuery>,
) -> Json<Vec<LoggedRequest>> {
    let state = app.lock();
    let skip = state.log.len().saturating_sub(limit.unwrap_or(DEFAULT_LIMIT));
    Json(state.log.iter().skip(skip).cloned().collect())
}
