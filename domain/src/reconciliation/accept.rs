//! Accepting a difference that stays: the operator knows why Stripe and the ledger say different things.

use sqlx::PgPool;

use super::store;

/// The longest reason, in characters.
pub const REASON_MAX: usize = 200;

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The reason is empty or too long.
    #[error("say in 1 to {REASON_MAX} characters why it differs")]
    Reason,
    /// No open difference has this name.
    #[error("no open difference has this name")]
    NotFound,
    /// The query failed.
    #[error("the difference was not closed")]
    Database(#[from] sqlx::Error),
}

/// Closes the difference of a movement for `reason`. It is open again if the next comparison finds other amounts.
///
/// # Errors
///
/// Each variant of [`AcceptError`] is one reason. Then nothing has changed.
#[tracing::instrument(name = "reconciliation.accept", skip_all)]
pub async fn accept(db: &PgPool, movement: &str, reason: &str) -> Result<(), AcceptError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(AcceptError::Reason);
    }
    if store::accept(db, movement, reason).await? { Ok(()) } else { Err(AcceptError::NotFound) }
}
