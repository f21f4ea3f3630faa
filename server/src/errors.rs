//! Errors outside the pages: in the shared shape for programs, as a page for
//! people.

use std::{
    any::Any,
    error::Error,
    time::{Duration, SystemTime},
};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use domain::auth::sign_in::WINDOW_MINUTES;
use leptos::nonce::Nonce;
use model::{AppError, Code, error::causes};
use serde::Serialize;

use crate::{error_page, error_page::ErrorPage, request_id, state::SharedState};

/// Seconds in `Retry-After` of a 503.
const RETRY_AFTER_SECONDS: i32 = 5;

/// An [`AppError`] as a response.
#[derive(Debug)]
pub(crate) struct ErrorResponse(pub(crate) AppError);

impl From<Code> for ErrorResponse {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

/// The answer to the error of a use-case. What is no refusal is logged with its causes, as `what` has happened.
pub(crate) fn logged<E: Error + Into<AppError> + 'static>(what: &'static str) -> impl FnOnce(E) -> ErrorResponse {
    move |error| {
        let causes = causes(&error);
        let public: AppError = error.into();
        if public.status() >= 500 {
            tracing::error!(error.causes = causes, "{what}");
        }
        ErrorResponse(public)
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let code = self.0.code();
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        response.extensions_mut().insert(Refusal(code));
        response
    }
}

/// Marks a response as an [`ErrorResponse`], for [`for_people`].
#[derive(Clone, Copy)]
struct Refusal(Code);

/// Adds `Retry-After` to a 503 or a 429. Sends a page to a person's browser, and the shared shape to a
/// program. The site cannot render a page of its own for such a request, because the request failed before
/// it reached the pages.
pub(crate) async fn for_people(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let is_person = accepts_html(request.headers());
    let id = request_id::of(&request).to_owned();
    let nonce = request.extensions().get::<Nonce>().cloned();
    let mut response = next.run(request).await;
    let retry_after = match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER_SECONDS),
        // For sign-in attempts: the last one leaves the window by then. Other rate limits set their own value.
        StatusCode::TOO_MANY_REQUESTS => Some(WINDOW_MINUTES * 60),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(seconds.into());
    }
    let Some(Refusal(code)) = response.extensions().get::<Refusal>().copied() else {
        return response;
    };
    if is_person {
        let retry_after = retry_after_seconds(&response).map(Duration::from_secs);
        let page = ErrorPage { code, retry_after, request_id: &id, contact: state.imprint.contact.as_ref() };
        let policy = error_page::policy(nonce.as_ref());
        replace_body(&mut response, Html(page.document(nonce.as_ref())));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    } else if code == Code::TooManyRequests {
        let retry_after_seconds = retry_after_seconds(&response);
        let error = retry_after_seconds.map_or_else(|| code.into(), too_many_requests);
        replace_body(&mut response, Json(WithRetryTime { error, retry_after_seconds }));
    } else if code.status() >= 500 {
        replace_body(&mut response, Json(AppError::from(code).of_request(id)));
    }
    response
}

fn too_many_requests(retry_after_seconds: u64) -> AppError {
    let until = SystemTime::now() + Duration::from_secs(retry_after_seconds);
    let since_1970 = until.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    AppError::too_many_requests_until(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// The shared shape of a 429. The time stands in the body, too: a form of a page reads the body alone.
#[derive(Serialize)]
struct WithRetryTime {
    #[serde(flatten)]
    error: AppError,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

fn retry_after_seconds(response: &Response) -> Option<u64> {
    response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
}

fn replace_body(response: &mut Response, with: impl IntoResponse) {
    let (parts, body) = with.into_response().into_parts();
    *response.body_mut() = body;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
}

pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The response to a request whose handler panicked. The cause is in the log, not in the response.
#[expect(clippy::needless_pass_by_value, reason = "the signature is the layer's")]
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let message = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("without a message"), "a handler panicked");
    ErrorResponse::from(Code::Internal).into_response()
}
