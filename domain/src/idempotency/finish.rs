//! After an idempotent request.

use super::{Answer, IdempotentRequest, store};
use crate::Backend;

/// What is stored about a request that was run.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its answer, to be repeated.
    Answered(Answer),
    /// That it was run. Its answer holds a secret and is not stored; the request may be run again.
    DoneInSecret,
    /// Nothing: it failed with an internal error, and may be retried with its key.
    Failed,
}

/// Stores the outcome of an idempotent request.
///
/// # Errors
///
/// When the database does not answer; the request then counts as running for a minute.
#[tracing::instrument(name = "idempotency.finish", skip_all, fields(user.id = %call.user))]
pub async fn finish(backend: &Backend, call: &IdempotentRequest, outcome: Outcome) -> Result<(), sqlx::Error> {
    match outcome {
        Outcome::Answered(answer) => store::answer(&backend.db, call, Some(&answer)).await?,
        Outcome::DoneInSecret => store::answer(&backend.db, call, None).await?,
        Outcome::Failed => store::forget(&backend.db, call).await?,
    };
    Ok(())
}
