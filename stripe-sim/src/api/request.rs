//! One API request, parsed and authenticated.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, Uri};

use super::auth::{self, Caller};
use crate::error::ApiError;
use crate::form::Params;
use crate::state::AppState;

/// Stripe's bound on an idempotency key.
const MAX_KEY_CHARS: usize = 255;

/// One API request, parsed and authenticated.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) params: Params,
    pub(super) caller: Caller,
    pub(super) idempotency_key: Option<String>,
}

impl Request {
    pub(super) fn parse(
        app: &AppState,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
        idempotency_key: Option<String>,
    ) -> Result<Self, ApiError> {
        let caller = auth::caller(app, headers)?;
        let body = body.map_err(|_| ApiError::too_large())?;
        if idempotency_key.as_ref().is_some_and(|key| key.len() > MAX_KEY_CHARS) {
            return Err(ApiError::invalid("Idempotency-Key is too long."));
        }
        let mut params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        params.extend(&body)?;
        Ok(Self { method, path: uri.path().to_owned(), params, caller, idempotency_key })
    }

    /// `METHOD /path`
    pub(super) fn endpoint(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Equal for two requests that ask for the same.
    pub(super) fn fingerprint(&self) -> String {
        format!("{} {}", self.endpoint(), self.params.fingerprint())
    }
}
