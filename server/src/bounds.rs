//! How large a request may be, and how long it may take.

use std::time::Duration;

use app::paths::UPLOAD_TICKET_FILE;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::Code;

use crate::{errors::ErrorResponse, ticket_files::UPLOAD_TIMEOUT};

/// The site has no larger form.
pub(crate) const BODY_LIMIT_BYTES: usize = 64 * 1024;
/// Longer than Stripe may take to answer, and as long as a user can be expected to wait.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the whole body of a form before other layers read it. If a server function exceeded the limit while
/// it reads a body, the error would be that of a form that cannot be parsed.
pub(crate) async fn bound_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, BODY_LIMIT_BYTES).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        // If the client has disconnected, this response is not read.
        Err(_) => ErrorResponse::from(Code::BodyTooLarge).into_response(),
    }
}

/// Answers a request that takes longer than `limit` with 503; an upload has its own.
pub(crate) async fn bound_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let limit = if request.uri().path() == UPLOAD_TICKET_FILE { UPLOAD_TIMEOUT } else { limit };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ErrorResponse::from(Code::Unavailable).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn_with_state, routing::get};
    use axum_test::TestServer;

    use super::*;

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_answered_all_the_same() {
        let limit = Duration::from_millis(10);
        let slow = Router::new()
            .route("/", get(async || tokio::time::sleep(Duration::from_secs(5)).await))
            .layer(from_fn_with_state(limit, bound_time));
        let answer = TestServer::new(slow).get("/").await;
        assert_eq!(answer.status_code(), 503);
        assert_eq!(answer.json::<serde_json::Value>()["errors"][0]["code"], "unavailable");
    }
}
