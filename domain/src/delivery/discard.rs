//! Removing a file that no ticket has.

use model::{AppError, Code, ListingId, TicketFileId, UserId, error::causes};

use super::store;
use crate::{Backend, database, tickets};

/// Why a file was not removed.
#[derive(Debug, thiserror::Error)]
pub enum DiscardFileError {
    /// There is no such file, or it is another user's, or a ticket has it.
    #[error("the user has no such file")]
    NotFound,
    /// A query that removes it failed.
    #[error("the file was not removed")]
    Database(#[from] sqlx::Error),
}

/// Removes a file of a listing that no ticket has.
///
/// # Errors
///
/// Each variant of [`DiscardFileError`] is one reason.
#[tracing::instrument(name = "delivery.discard", skip_all, fields(listing.id = %listing, user.id = %seller))]
pub async fn discard(
    backend: &Backend,
    seller: UserId,
    listing: ListingId,
    file: TicketFileId,
) -> Result<(), DiscardFileError> {
    let mut tx = backend.begin().await?;
    let row = tickets::store::lock(&mut tx, listing).await?;
    let is_theirs = row.is_some_and(|row| row.seller_id == seller);
    if !is_theirs || !store::delete_waiting(&mut *tx, listing, file).await? {
        return Err(DiscardFileError::NotFound);
    }
    tx.commit().await?;
    // The row is gone, and with it the key: what is left cannot be opened, and the purge deletes it.
    if let Err(error) = backend.delivery.files.delete(&store::name(file)).await {
        tracing::warn!(error.causes = causes(&error), "a removed file was not deleted");
    }
    Ok(())
}

impl From<DiscardFileError> for AppError {
    fn from(error: DiscardFileError) -> Self {
        match error {
            DiscardFileError::NotFound => Code::FileNotFound.into(),
            DiscardFileError::Database(error) => database::public_code(&error).into(),
        }
    }
}
