//! Leaving the waitlist.

use model::{AppError, Code, ListingId, UserId};

use super::store;
use crate::{Backend, database, tickets};

/// Why the user is still on the waitlist.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// There is no such listing.
    #[error("there is no such listing")]
    NotFound,
    /// A query that locks the listing or changes the waitlist failed.
    #[error("the waitlist was not left")]
    Database(#[from] sqlx::Error),
}

/// Removes `user` from a listing's waitlist; the users behind them move up. It is no error if the user is
/// not on it, because they left before or have got the tickets.
///
/// # Errors
///
/// Each variant of [`LeaveError`] is one reason.
#[tracing::instrument(name = "waitlist.leave", skip_all, fields(listing.id = %listing, user.id = %user))]
pub async fn leave(backend: &Backend, user: UserId, listing: ListingId) -> Result<(), LeaveError> {
    let mut tx = backend.begin().await?;
    // Under the listing's row lock, so that no one is offered tickets while they leave its waitlist.
    tickets::store::lock(&mut tx, listing).await?.ok_or(LeaveError::NotFound)?;
    store::remove(&mut tx, listing, &[user]).await?;
    tx.mark(listing);
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
