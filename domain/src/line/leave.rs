//! Leaving the line.

use model::{AppError, Code, TicketId, UserId};

use super::store;
use crate::{Backend, database, tickets};

/// Why somebody is still in line.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// No such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The database.
    #[error("the line was not left")]
    Database(#[from] sqlx::Error),
}

/// Takes `user` out of the line before a ticket; whoever stood behind them moves up. Who does not stand
/// in it, because they have left before or the ticket is theirs by now, is not told off.
///
/// # Errors
///
/// See [`LeaveError`].
#[tracing::instrument(name = "line.leave", skip_all, fields(ticket.id = %ticket, user.id = %user))]
pub async fn leave(backend: &Backend, user: UserId, ticket: TicketId) -> Result<(), LeaveError> {
    let mut tx = backend.db.begin().await?;
    // The ticket's row lock: nobody is given a ticket while they step out of its line.
    tickets::store::lock_row(&mut tx, ticket).await?.ok_or(LeaveError::NotFound)?;
    store::remove(&mut *tx, ticket, user).await?;
    tx.commit().await?;
    backend.changes.note(ticket);
    Ok(())
}

impl From<LeaveError> for AppError {
    fn from(error: LeaveError) -> Self {
        match error {
            LeaveError::NotFound => Code::TicketNotFound.into(),
            LeaveError::Database(error) => database::public_code(&error).into(),
        }
    }
}
