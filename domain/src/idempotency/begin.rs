//! Before an idempotent request.

use model::{AppError, Code};

use super::{
    Answer, IdempotentRequest, KEY_MAX_BYTES,
    store::{self, Known},
};
use crate::{Backend, database};

/// What to do with an idempotent request.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Run it; then call [`finish`](super::finish::finish).
    Run,
    /// It was run before: repeat this answer.
    Repeat(Answer),
}

/// Why an idempotent request is not run.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The key is empty, too long or not plain ASCII.
    #[error("the key is empty, too long or not plain ASCII")]
    InvalidKey,
    /// The key belongs to a request with another body or for another endpoint.
    #[error("the key names another call")]
    KeyReused,
    /// The first request with this key is still running.
    #[error("the call is under way")]
    KeyInUse,
    /// A query that looks up or stores the key failed.
    #[error("the key was not looked up")]
    Database(#[from] sqlx::Error),
}

/// Looks up a request's key before the request is run, and stores that it is running. A request that has
/// been running for a minute is given up: its process has died.
///
/// # Errors
///
/// Each variant of [`BeginError`] is one reason.
#[tracing::instrument(name = "idempotency.begin", skip_all, fields(user.id = %call.user))]
pub async fn begin(backend: &Backend, call: &IdempotentRequest) -> Result<Begun, BeginError> {
    let is_plain = call.key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain || call.key.is_empty() || call.key.len() > KEY_MAX_BYTES {
        return Err(BeginError::InvalidKey);
    }
    if store::claim(&backend.db, call).await? {
        return Ok(Begun::Run);
    }
    match store::find(&backend.db, call).await? {
        Some(Known { is_same: false, .. }) => Err(BeginError::KeyReused),
        Some(Known { answer: Some(answer), .. }) => Ok(Begun::Repeat(answer)),
        // The first request is running; or its key was freed between the two queries, and then the
        // client's retry runs it.
        Some(Known { answer: None, .. }) | None => Err(BeginError::KeyInUse),
    }
}

impl From<BeginError> for AppError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::InvalidKey => Code::InvalidIdempotencyKey.into(),
            BeginError::KeyReused => Code::IdempotencyKeyReused.into(),
            BeginError::KeyInUse => Code::IdempotencyKeyInUse.into(),
            BeginError::Database(error) => database::public_code(&error).into(),
        }
    }
}
