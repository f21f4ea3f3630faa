//! `/_sim/`: the knobs and the books, for tests and for people.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::books::Books;
use crate::faults::Faults;
use crate::hub::{Hub, RequestLine};

/// Lines shown when no `limit` is given.
const LINES: usize = 100;

/// `GET /_sim/faults`
pub(crate) async fn show_faults(State(hub): State<Arc<Hub>>) -> Json<Faults> {
    Json(hub.lock().faults.clone())
}

/// `POST /_sim/faults`: changes the named faults, answers with all of them.
///
/// Takes JSON only, which another site's page cannot send without being asked first.
pub(crate) async fn change_faults(
    State(hub): State<Arc<Hub>>,
    changes: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Json<Faults>, (StatusCode, Json<Value>)> {
    let refused =
        |message: String| (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": { "message": message } })));
    let Json(changes) = changes.map_err(|rejection| refused(rejection.body_text()))?;
    let mut state = hub.lock();
    let faults = state.faults.changed(&changes).map_err(|error| refused(error.to_string()))?;
    state.set_faults(faults.clone());
    Ok(Json(faults))
}

/// `DELETE /_sim/faults`: no faults from now on.
pub(crate) async fn reset_faults(State(hub): State<Arc<Hub>>) -> Json<Faults> {
    hub.lock().set_faults(Faults::default());
    Json(Faults::default())
}

/// `GET /_sim/books`
pub(crate) async fn books(State(hub): State<Arc<Hub>>) -> Json<Books> {
    Json(Books::of(&hub.lock().ledger))
}

#[derive(Deserialize)]
pub(crate) struct Lines {
    limit: Option<usize>,
}

/// `GET /_sim/requests?limit=`: the newest calls of the API, oldest first.
pub(crate) async fn requests(
    State(hub): State<Arc<Hub>>,
    Query(Lines { limit }): Query<Lines>,
) -> Json<Vec<RequestLine>> {
    let state = hub.lock();
    let skip = state.log.len().saturating_sub(limit.unwrap_or(LINES));
    Json(state.log.iter().skip(skip).cloned().collect())
}
