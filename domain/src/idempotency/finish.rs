//! After a named call.

use super::{Answer, NamedCall, store};
use crate::Backend;

/// What is kept of a call that was done.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its answer, to be repeated.
    Answered(Answer),
    /// That it was done. Its answer holds a secret and is not kept; the call itself may be repeated.
    DoneInSecret,
    /// Nothing: it failed on our side, and may be tried again under its key.
    Failed,
}

/// Notes what became of a named call.
///
/// # Errors
///
/// When the database does not answer; the call then counts as under way for a minute.
#[tracing::instrument(name = "idempotency.finish", skip_all, fields(user.id = %call.user))]
pub async fn finish(backend: &Backend, call: &NamedCall, outcome: Outcome) -> Result<(), sqlx::Error> {
    match outcome {
        Outcome::Answered(answer) => store::answer(&backend.db, call, Some(&answer)).await?,
        Outcome::DoneInSecret => store::answer(&backend.db, call, None).await?,
        Outcome::Failed => store::forget(&backend.db, call).await?,
    };
    Ok(())
}
