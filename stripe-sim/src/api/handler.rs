//! The handler of all API requests.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

use super::request::Request;
use super::response::{ApiResponse, preflight};
use super::routes;
use crate::error::ApiError;
use crate::faults::RequestFaults;
use crate::idempotency::KeyStatus;
use crate::state::{self, AppState, LoggedRequest};
use crate::{clock, ids};

/// Everything under `/v1/`.
pub(crate) async fn handle(
    State(app): State<Arc<AppState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if method == Method::OPTIONS {
        return preflight();
    }
    let request_id = ids::request_id();
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = key.filter(|_| method == Method::POST).map(ToOwned::to_owned);
    let mut logged = LoggedRequest {
        id: request_id.clone(),
        at: clock::now(),
        method: method.to_string(),
        path: uri.path().to_owned(),
        idempotency_key: key.clone(),
        status: 0,
        replayed: false,
    };
    let response = match Request::parse(&app, method, &uri, &headers, body, key.clone()) {
        Ok(request) => respond(Arc::clone(&app), request, request_id.clone()).await,
        Err(error) => error.into(),
    };
    logged.status = response.status;
    logged.replayed = response.replayed;
    app.lock().log_request(logged);
    response.into_http(&request_id, key.as_deref())
}

/// Takes the faults, checks the idempotency key, then executes. A stalled request executes even if its
/// client disconnects, as on a real server. That is what makes a timeout ambiguous.
async fn respond(app: Arc<AppState>, request: Request, request_id: String) -> ApiResponse {
    let faults = app.lock().faults.take_request_faults(&request.endpoint());
    if let Some(key) = &request.idempotency_key {
        match app.lock().idempotency_keys.begin(key, &request.fingerprint(), clock::now()) {
            KeyStatus::New => {}
            KeyStatus::Completed(status, body) => return ApiResponse::replay(status, body),
            KeyStatus::Mismatch => return ApiError::idempotency_mismatch(key).into(),
            KeyStatus::InProgress => return ApiError::idempotency_in_use(key).into(),
        }
    }
    if faults.stall_ms == 0 {
        return execute(&app, &request, faults, &request_id);
    }
    let stalled = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(faults.stall_ms)).await;
        execute(&app, &request, faults, &request_id)
    });
    stalled.await.unwrap_or_else(|_| ApiError::internal().into())
}

fn execute(app: &AppState, request: &Request, faults: RequestFaults, request_id: &str) -> ApiResponse {
    let mut guard = app.lock();
    let state: &mut state::State = &mut guard;
    let key = request.idempotency_key.as_deref();
    if faults.fail {
        let response = ApiResponse::from(ApiError::internal());
        // Stripe keeps a failure as well: the key repeats it.
        if let Some(key) = key {
            state.idempotency_keys.complete(key, response.status, &response.body);
        }
        return response;
    }
    let outcome = app.transact(state, request_id, key, |tx| routes::dispatch(request, tx));
    let (response, is_recorded) = match outcome {
        Ok(body) => (ApiResponse::new(200, &body), true),
        Err(error) => {
            let is_recorded = error.is_recorded();
            (error.into(), is_recorded)
        }
    };
    match key {
        Some(key) if is_recorded => state.idempotency_keys.complete(key, response.status, &response.body),
        Some(key) => state.idempotency_keys.release(key),
        None => {}
    }
    if faults.lose_answer { ApiResponse::bad_gateway() } else { response }
}
