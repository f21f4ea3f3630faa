//! Leaving the waitlist.

use model::{AppError, Code, TicketId, UserId};

use super::store;
use crate::{Backend, database, tickets};

/// Why the user is still on the waitlist.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// A query that locks the ticket or changes the waitlist failed.
    #[error("the waitlist was not left")]
    Database(#[from] sqlx::Error),
}

/// Removes `user` from a ticket's waitlist; the users behind them move up. It is no error if the user is
/// not on it, because they left before or have got the ticket.
///
/// # Errors
///
/// Each variant of [`LeaveError`] is one reason.
#[tracing::instrument(name = "waitlist.leave", skip_all, fields(ticket.id = %ticket, user.id = %user))]
pub async fn leave(backend: &Backend, user: UserId, ticket: TicketId) -> Result<(), LeaveError> {
    let mut tx = backend.begin().await?;
    // Under the ticket's row lock, so that no one is offered the ticket while they leave its waitlist.
    tickets::store::lock_row(&mut tx, ticket).await?.ok_or(LeaveError::NotFound)?;
    store::remove(&mut *tx, ticket, user).await?;
    tx.mark(ticket);
    Ok(tx.commit().await?)
}

impl From<LeaveError> for AppError {
    fn from(error: LeaveError) -> Self {
        match error {
            LeaveError::NotFound => Code::TicketNotFound.into(),
            LeaveError::Database(error) => database::public_code(&error).into(),
        }
    }
}
