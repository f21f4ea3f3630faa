//! Opening a gift: the first time is in the timelines of the sale.

use model::{GiftId, auth::CurrentUser, orders::OrderEventKind};

use super::{
    received::{ReceivedError, find},
    store,
};
use crate::{Backend, delivery::open_store, tickets};

/// Opens a gift that the user has accepted: from now on its page has the code.
///
/// # Errors
///
/// Each variant of [`ReceivedError`] is one reason.
#[tracing::instrument(name = "gifts.open", skip_all, fields(gift.id = %gift, user.id = %user.id))]
pub async fn open(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<(), ReceivedError> {
    let row = find(backend, user, gift).await?;
    let mut tx = backend.begin().await?;
    // A refund waits for this lock, or has ended before it.
    let listing = tickets::store::lock_of(&mut tx, row.order_id).await?.ok_or(ReceivedError::NotFound)?;
    let is_kept =
        store::find(&mut *tx, gift, store::Whose::Anyone).await?.is_some_and(|row| row.is_kept && row.is_accepted);
    if !is_kept {
        return Err(ReceivedError::NotFound);
    }
    if store::note_opened(&mut tx, gift).await? {
        open_store::note(&mut tx, row.order_id, OrderEventKind::GiftOpened).await?;
        tx.mark(listing.id);
    }
    tx.commit().await?;
    Ok(())
}
