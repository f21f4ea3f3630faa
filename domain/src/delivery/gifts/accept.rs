//! Accepting a gift: from now on only its recipient opens the ticket.

use model::{AppError, Code, GiftId, auth::CurrentUser, orders::OrderEventKind};

use super::{
    offer::is_elsewhere,
    store::{self, Whose},
};
use crate::{
    Backend,
    auth::email::key,
    database,
    delivery::open_store,
    mail::Mail,
    outbox::{self, Job},
    tickets,
};

/// Why a gift was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// There is no gift for this user, or it was taken back.
    #[error("there is no such gift for the user")]
    NotFound,
    /// The ticket's money went back, the event is over, a bank questions the payment, or the ticket is on sale again.
    #[error("the ticket cannot be given")]
    NotGivable,
    /// A query failed.
    #[error("the gift was not accepted")]
    Database(#[from] sqlx::Error),
}

/// Accepts a gift that was sent to the user's verified address. Both sides of the sale see it in their timelines, and the
/// giver gets a mail. It is no error if the user has accepted it before.
///
/// # Errors
///
/// Each variant of [`AcceptError`] is one reason. Then nothing has changed.
#[tracing::instrument(name = "gifts.accept", skip_all, fields(gift.id = %gift, user.id = %user.id))]
pub async fn accept(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<(), AcceptError> {
    let whose = key(&user.email);
    let whose = Whose::Recipient(user.id, &whose);
    let known = store::find(&backend.db, gift, whose).await?.ok_or(AcceptError::NotFound)?;
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock_of(&mut tx, known.order_id).await?.ok_or(AcceptError::NotFound)?;
    let row = store::find(&mut *tx, gift, whose).await?.ok_or(AcceptError::NotFound)?;
    if row.is_accepted {
        return Ok(());
    }
    let ticket = store::givable(&mut *tx, row.giver_id, row.order_id, row.ticket_id).await?;
    let is_givable = user.is_verified && user.id != row.giver_id && ticket.is_some_and(|ticket| ticket.is_givable);
    if !is_givable || is_elsewhere(&mut tx, listing.event_id, row.giver_id, row.ticket_id).await? {
        return Err(AcceptError::NotGivable);
    }
    if !store::accept(&mut tx, gift, user.id).await? {
        return Err(AcceptError::NotFound);
    }
    open_store::note(&mut tx, row.order_id, OrderEventKind::Given).await?;
    outbox::write(&mut tx, &Job::SendMail { mail: Mail::GiftAccepted { gift_id: gift } }, None).await?;
    tx.mark(listing.id);
    tx.commit().await?;
    Ok(())
}

impl From<AcceptError> for AppError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::NotFound => Code::GiftNotFound.into(),
            AcceptError::NotGivable => Code::NotGivable.into(),
            AcceptError::Database(error) => database::public_code(&error).into(),
        }
    }
}
