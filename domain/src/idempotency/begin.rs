//! Before a named call.

use model::{AppError, Code};

use super::{
    Answer, KEY_MAX_BYTES, NamedCall,
    store::{self, Known},
};
use crate::{Backend, database};

/// What to do with a named call.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Do it; then [`finish`](super::finish::finish) it.
    Run,
    /// It was done: repeat this.
    Repeat(Answer),
}

/// Why a named call is not done.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// No key at all, or none that fits into its bounds.
    #[error("the key is empty, too long or not plain ASCII")]
    InvalidKey,
    /// The key names a call that sent something else, or elsewhere.
    #[error("the key names another call")]
    KeyReused,
    /// The first call of this name is under way.
    #[error("the call is under way")]
    KeyInUse,
    /// The database.
    #[error("the key was not looked up")]
    Database(#[from] sqlx::Error),
}

/// Looks a named call up before it is done, and notes that it is under way. A call that has been
/// under way for a minute is given up: its process has died.
///
/// # Errors
///
/// See [`BeginError`].
#[tracing::instrument(name = "idempotency.begin", skip_all, fields(user.id = %call.user))]
pub async fn begin(backend: &Backend, call: &NamedCall) -> Result<Begun, BeginError> {
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
        // Under way; or freed between the two looks, and the next try does it.
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
