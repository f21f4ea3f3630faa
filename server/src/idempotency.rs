//! `Idempotency-Key`: a program that lost a response repeats its request, and the request runs once.

use app::{
    paths::rpc,
    server::{RefusalStatus, RequestIdentity},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::idempotency::{
    Answer, IdempotentRequest,
    begin::{Begun, begin},
    finish::{Outcome, finish},
};
use model::{AppError, Code, error::causes};

use crate::{bounds::BODY_LIMIT_BYTES, errors::ErrorResponse, state::SharedState};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks a response as replayed.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The headers that are stored with a response. Leptos' own header marks a redirect.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, HeaderName::from_static("serverfnredirect")];
/// The requests that create orders, and those that create payments. The latter answer with a secret of
/// Stripe's, which is not stored: a repeated request runs again and finds the open attempt.
const ORDERS: &str = rpc::LOCK_TICKET;
const PAYMENTS: &str = rpc::START_PAYMENT;

/// Runs a request with an idempotency key once. Without the header, a request runs as usual.
pub(crate) async fn once(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if request.method() != Method::POST || ![ORDERS, PAYMENTS].contains(&path) {
        return next.run(request).await;
    }
    let user =
        request.extensions().get::<RequestIdentity>().and_then(|identity| identity.user.as_ref()).map(|user| user.id);
    let (Some(user), Some(key)) = (user, request.headers().get(KEY)) else {
        return next.run(request).await;
    };
    let Ok(key) = key.to_str().map(ToOwned::to_owned) else {
        return ErrorResponse::from(Code::InvalidIdempotencyKey).into_response();
    };
    let is_secret = path == PAYMENTS;
    let path = path.to_owned();
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
        return ErrorResponse::from(Code::BodyTooLarge).into_response();
    };
    let call = IdempotentRequest::new(user, &key, &path, &body);
    match begin(&state.backend, &call).await {
        Ok(Begun::Run) => {}
        Ok(Begun::Repeat(answer)) => return repeated(answer),
        Err(error) => return ErrorResponse(AppError::from(error)).into_response(),
    }
    let refusal = RefusalStatus::default();
    parts.extensions.insert(refusal.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (outcome, response) = keep(response, &refusal, is_secret).await;
    if let Err(error) = finish(&state.backend, &call, outcome).await {
        tracing::warn!(error.causes = causes(&error), "the answer to a named call was not kept");
    }
    response
}

/// Makes the stored outcome of a response.
async fn keep(response: Response, refusal: &RefusalStatus, is_secret: bool) -> (Outcome, Response) {
    let (parts, body) = response.into_parts();
    // After a rate limit or a server error, the client may retry with the same key.
    let status = refusal.get().unwrap_or(parts.status);
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return (Outcome::Failed, Response::from_parts(parts, body));
    }
    if is_secret {
        return (Outcome::DoneInSecret, Response::from_parts(parts, body));
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
        return (Outcome::Failed, ErrorResponse::from(Code::Internal).into_response());
    };
    let kept = |name: HeaderName| {
        let value = parts.headers.get(&name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    let text = String::from_utf8_lossy(&body).into_owned();
    let answer =
        Answer { status: parts.status.as_u16(), headers: KEPT.into_iter().filter_map(kept).collect(), body: text };
    (Outcome::Answered(answer), Response::from_parts(parts, Body::from(body)))
}

fn repeated(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
