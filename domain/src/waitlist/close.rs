//! Closing a waitlist.

use model::{ListingId, UserId};

use super::store;
use crate::{
    Backend,
    tickets::change::{self, ChangeError},
};

/// Closes the waitlist of a listing of `seller`, or opens it again. No one joins a closed one, and those on it lose their
/// position: who holds the tickets now is the last whom the seller has to wait for.
///
/// # Errors
///
/// [`ChangeError::NotFound`], [`ChangeError::NotYours`] or [`ChangeError::Database`].
#[tracing::instrument(name = "waitlist.close", skip_all, fields(listing.id = %listing, user.id = %seller))]
pub async fn set_closed(
    backend: &Backend,
    seller: UserId,
    listing: ListingId,
    is_closed: bool,
) -> Result<(), ChangeError> {
    let (mut tx, row) = change::begin(backend, seller, listing).await?;
    store::set_closed(&mut tx, row.id, is_closed).await?;
    if is_closed {
        store::delete(&mut tx, row.id).await?;
    }
    Ok(tx.commit().await?)
}
