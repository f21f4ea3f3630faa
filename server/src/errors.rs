//! Errors outside the pages: in the shared shape for programs, as a plain
//! page for people.

use std::any::Any;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use domain::auth::sign_in::WINDOW_MINUTES;
use model::{AppError, Code};

use crate::request_id;

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
pub(crate) async fn for_people(request: Request, next: Next) -> Response {
    let is_person = accepts_html(request.headers());
    let id = request_id::of(&request).to_owned();
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
    match response.extensions().get::<Refusal>().copied() {
        Some(Refusal(code)) if is_person => replace_body(&mut response, Html(document(code, &id))),
        Some(Refusal(code)) if code.status() >= 500 => {
            replace_body(&mut response, Json(AppError::from(code).of_request(id)));
        }
        _ => {}
    }
    response
}

fn replace_body(response: &mut Response, with: impl IntoResponse) {
    let (parts, body) = with.into_response().into_parts();
    *response.body_mut() = body;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The page loads no other file. It links back to a ticket, which may still be locked for the
/// reader.
fn document(code: Code, request_id: &str) -> String {
    let words = code.words();
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Something went wrong · GitTix</title></head>
<body><main><h1>That did not work</h1><p>{words}</p><p><a href="/orders">My orders</a> · <a href="/">Tickets on sale</a></p><p><small>If you contact us, quote this reference: <code>{request_id}</code></small></p></main></body>
</html>
"#
    )
}

/// The response to a request whose handler panicked. The cause is in the log, not in the response.
#[expect(clippy::needless_pass_by_value, reason = "the signature is the layer's")]
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let message = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("without a message"), "a handler panicked");
    ErrorResponse::from(Code::Internal).into_response()
}
