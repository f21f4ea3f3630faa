//! `POST /webhooks/stripe`: events are verified, stored and acknowledged; a worker handles them.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use domain::payments::receive_event::{ReceiveError, receive_event};
use model::{AppError, Code, error::causes};

use crate::{errors::ErrorResponse, state::SharedState};

/// No event of Stripe's is larger.
pub(crate) const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// Stores an event. The body is used unchanged, because the signature is over its bytes.
///
/// 204 means that the event is stored; after any other status, Stripe sends it again.
pub(crate) async fn receive(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let body = body.map_err(|rejection| {
        tracing::warn!(error.causes = causes(&rejection), "a webhook was refused");
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            _ => Code::InvalidInput,
        }
    })?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match receive_event(&state.backend, &body, signature).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => {
            match &error {
                ReceiveError::Signature | ReceiveError::Age | ReceiveError::Unreadable | ReceiveError::OtherMode => {
                    tracing::warn!(error.causes = causes(&error), "a webhook was refused");
                }
                ReceiveError::Database(_) => tracing::error!(error.causes = causes(&error), "a webhook was not stored"),
            }
            Err(ErrorResponse(AppError::from(error)))
        }
    }
}
