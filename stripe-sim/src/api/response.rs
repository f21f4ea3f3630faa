//! The response to an API request.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use crate::error::ApiError;
use crate::model::event::API_VERSION;

/// The response to an API request, before it becomes an HTTP response.
pub(super) struct ApiResponse {
    pub(super) status: u16,
    pub(super) body: String,
    /// Whether it repeats an earlier response.
    pub(super) replayed: bool,
    content_type: &'static str,
}

impl ApiResponse {
    pub(super) fn new(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), replayed: false, content_type: "application/json" }
    }

    /// An earlier response, repeated for an idempotency key.
    pub(super) fn replay(status: u16, body: String) -> Self {
        Self { status, body, replayed: true, content_type: "application/json" }
    }

    /// The response of a gateway that has lost Stripe's own.
    pub(super) fn bad_gateway() -> Self {
        let body = "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned();
        Self { status: 502, body, replayed: false, content_type: "text/html" }
    }

    pub(super) fn into_http(self, request_id: &str, idempotency_key: Option<&str>) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Request-Id, Idempotent-Replayed"));
        if self.replayed {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        for (name, value) in [("request-id", Some(request_id)), ("idempotency-key", idempotency_key)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl From<ApiError> for ApiResponse {
    fn from(error: ApiError) -> Self {
        Self::new(error.status(), &error.body())
    }
}

/// The response to a CORS preflight. As at Stripe, any page may use the publishable key; the client
/// secret decides what it may do.
pub(super) fn preflight() -> Response {
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
