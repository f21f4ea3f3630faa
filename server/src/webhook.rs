//! `POST /webhooks/stripe`: events are verified, stored and acknowledged; a worker handles them.

use std::error::Error;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use domain::payments::receive_event::receive_event;
use model::{AppError, Code, error::causes};

use crate::{errors::ErrorResponse, metrics::webhooks::WebhookRefusal, state::SharedState};

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
    let refused = |reason: WebhookRefusal, error: &(dyn Error + 'static)| {
        state.metrics.refused_webhooks.count(reason);
        tracing::warn!(reason = reason.code(), error.causes = causes(error), "a webhook was refused");
    };
    let body = body.map_err(|rejection| {
        refused(WebhookRefusal::Body, &rejection);
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            _ => Code::InvalidInput,
        }
    })?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match receive_event(&state.backend, &body, signature).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => {
            if let Some(reason) = WebhookRefusal::of(&error) {
                refused(reason, &error);
            } else {
                tracing::error!(error.causes = causes(&error), "a webhook was not stored");
            }
            Err(ErrorResponse(AppError::from(error)))
        }
    }
}
