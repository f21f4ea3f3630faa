//! Stripe's API: one handler that authenticates, injects faults, repeats and logs; one function
//! per endpoint that does the work.

mod auth;
mod charges;
mod events;
mod fields;
mod intents;
mod methods;
mod refunds;
pub(crate) mod replays;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::Value;

use crate::error::ApiError;
use crate::faults::CallFaults;
use crate::form::Params;
use crate::hub::{Hub, RequestLine};
use crate::model::Scene;
use crate::model::event::API_VERSION;
use crate::{hub, ids};
use auth::Caller;
use replays::Verdict;

/// The longest idempotency key Stripe takes.
const MAX_KEY_CHARS: usize = 255;

/// One call, read and authenticated.
struct Call {
    method: Method,
    path: String,
    params: Params,
    caller: Caller,
    idempotency_key: Option<String>,
}

/// What is sent back.
struct Answer {
    status: u16,
    body: String,
    replayed: bool,
    content_type: &'static str,
}

impl Answer {
    fn new(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), replayed: false, content_type: "application/json" }
    }

    /// What a gateway in between says when it has lost the answer: not a word of Stripe's.
    fn bad_gateway() -> Self {
        let body = "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned();
        Self { status: 502, body, replayed: false, content_type: "text/html" }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self::new(error.status(), &error.body())
    }
}

/// Everything below `/v1/`.
pub(crate) async fn handle(
    State(hub): State<Arc<Hub>>,
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
    let mut line = RequestLine {
        id: request_id.clone(),
        at: ids::now(),
        method: method.to_string(),
        path: uri.path().to_owned(),
        idempotency_key: key.clone(),
        status: 0,
        replayed: false,
    };
    let answer = match read(&hub, method, &uri, &headers, body, key.clone()) {
        Ok(call) => respond(Arc::clone(&hub), call, request_id.clone()).await,
        Err(error) => error.into(),
    };
    line.status = answer.status;
    line.replayed = answer.replayed;
    hub.lock().note(line);
    response(answer, &request_id, key.as_deref())
}

/// A new payment method of a ready-made kind, such as `pm_card_visa`.
pub(crate) fn ready_made_method(scene: &mut Scene<'_>, name: &str) -> Result<String, ApiError> {
    let params = Params::parse(format!("payment_method={name}").as_bytes())?;
    methods::named(&params, scene)?.ok_or_else(|| ApiError::missing_param("payment_method"))
}

fn read(
    hub: &Hub,
    method: Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    idempotency_key: Option<String>,
) -> Result<Call, ApiError> {
    let caller = auth::caller(hub, headers)?;
    let body = body.map_err(|_| ApiError::too_large())?;
    if idempotency_key.as_ref().is_some_and(|key| key.len() > MAX_KEY_CHARS) {
        return Err(ApiError::invalid("Idempotency-Key is too long."));
    }
    let mut params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
    params.extend(&body)?;
    Ok(Call { method, path: uri.path().to_owned(), params, caller, idempotency_key })
}

/// Faults first, then the call. A stalled call goes on when its client has hung up, as a real
/// server's would: that is what makes a timeout ambiguous.
async fn respond(hub: Arc<Hub>, call: Call, request_id: String) -> Answer {
    let faults = hub.lock().faults.take_call(&format!("{} {}", call.method, call.path));
    let fingerprint = format!("{} {} {}", call.method, call.path, call.params.fingerprint());
    if let Some(key) = &call.idempotency_key {
        match hub.lock().replays.begin(key, &fingerprint, ids::now()) {
            Verdict::Execute => {}
            Verdict::Repeat(status, body) => {
                return Answer { status, body, replayed: true, content_type: "application/json" };
            }
            Verdict::Mismatch => return ApiError::idempotency_mismatch(key).into(),
            Verdict::InUse => return ApiError::idempotency_in_use(key).into(),
        }
    }
    if faults.stall_ms == 0 {
        return execute(&hub, &call, faults, &request_id);
    }
    let stalled = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(faults.stall_ms)).await;
        execute(&hub, &call, faults, &request_id)
    });
    stalled.await.unwrap_or_else(|_| ApiError::internal().into())
}

fn execute(hub: &Hub, call: &Call, faults: CallFaults, request_id: &str) -> Answer {
    let mut guard = hub.lock();
    let state: &mut hub::State = &mut guard;
    let key = call.idempotency_key.as_deref();
    if faults.fail {
        let answer = Answer::from(ApiError::internal());
        // Stripe remembers that it failed, too: the key is good for nothing else.
        if let Some(key) = key {
            state.replays.finish(key, answer.status, &answer.body);
        }
        return answer;
    }
    let outcome = hub.play(state, request_id, key, |scene| routes::dispatch(call, scene));
    let (answer, recorded) = match outcome {
        Ok(body) => (Answer::new(200, &body), true),
        Err(error) => (Answer::from(error.clone()), error.recorded()),
    };
    match key {
        Some(key) if recorded => state.replays.finish(key, answer.status, &answer.body),
        Some(key) => state.replays.forget(key),
        None => {}
    }
    if faults.lose_answer { Answer::bad_gateway() } else { answer }
}

fn response(answer: Answer, request_id: &str, key: Option<&str>) -> Response {
    let content_type = answer.content_type;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Request-Id, Idempotent-Replayed"));
    if answer.replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    for (name, value) in [("request-id", Some(request_id)), ("idempotency-key", key)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Any page may call with the publishable key, as at Stripe: what it may do hangs on the client
/// secret it was given.
fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let allow = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Idempotency-Key, Stripe-Version"),
        (header::ACCESS_CONTROL_MAX_AGE, "300"),
    ];
    for (name, value) in allow {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
