//! Offering a ticket to another person, and taking the offer back.

use model::{AppError, Code, GiftId, OrderId, TicketId, UserId, error::Field};

use super::store::{self, Whose};
use crate::{
    Backend,
    auth::email::{Email, key},
    database,
    delivery::twin_store,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
    tickets,
    transaction::Transaction,
};

/// How often one ticket can be offered. Each offer mails a person who has not asked for it.
const OFFERS_OF_TICKET: i64 = 5;

/// Why a ticket was not offered.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The address is none, or the buyer's own.
    #[error("the address is not valid")]
    Invalid(Code),
    /// The user has no such order, or it has no such ticket.
    #[error("the user has no such ticket")]
    NotFound,
    /// It is given already, on sale again, not in hand, over, or its payment is questioned; or it was offered too often.
    #[error("the ticket cannot be given")]
    NotGivable,
    /// A query failed.
    #[error("the ticket was not offered")]
    Database(#[from] sqlx::Error),
}

/// Offers a ticket that the user has bought to the owner of an address, who gets a mail.
///
/// # Errors
///
/// Each variant of [`OfferError`] is one reason. Then nothing has changed.
#[tracing::instrument(name = "gifts.offer", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn offer(
    backend: &Backend,
    buyer: UserId,
    order: OrderId,
    ticket: TicketId,
    email: &str,
) -> Result<GiftId, OfferError> {
    let email = Email::parse(email).map_err(OfferError::Invalid)?;
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock_of(&mut tx, order).await?.ok_or(OfferError::NotFound)?;
    let row = store::givable(&mut *tx, buyer, order, ticket).await?.ok_or(OfferError::NotFound)?;
    let key = key(email.as_str());
    if row.buyer_email.is_some_and(|own| self::key(&own).eq_ignore_ascii_case(&key)) {
        return Err(OfferError::Invalid(Code::OwnEmail));
    }
    if !row.is_givable || row.is_given || row.offers >= OFFERS_OF_TICKET {
        return Err(OfferError::NotGivable);
    }
    if is_elsewhere(&mut tx, listing.event_id, buyer, ticket).await? {
        return Err(OfferError::NotGivable);
    }
    let gift = fresh();
    store::insert(&mut tx, gift, (ticket, order, buyer), (email.as_str(), &key)).await?;
    outbox::write(&mut tx, &Job::SendMail { mail: Mail::GiftOffered { gift_id: gift } }, None).await?;
    tx.commit().await?;
    Ok(gift)
}

/// Whether the buyer has put the ticket on sale again, or has sold it.
pub(super) async fn is_elsewhere(
    tx: &mut Transaction<'_>,
    event: model::EventId,
    buyer: UserId,
    ticket: TicketId,
) -> sqlx::Result<bool> {
    let hashes = twin_store::hashes(tx, &[ticket]).await?;
    Ok(!twin_store::elsewhere(tx, event, buyer, &hashes, &[ticket]).await?.is_empty())
}

/// Why an offer was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum TakeBackError {
    /// The user gives no such gift.
    #[error("the user gives no such gift")]
    NotFound,
    /// It is accepted.
    #[error("the gift is accepted")]
    Accepted,
    /// A query failed.
    #[error("the gift was not taken back")]
    Database(#[from] sqlx::Error),
}

/// Takes back a gift that is not accepted yet. Returns the order that it is of. It is no error if it was taken back before.
///
/// # Errors
///
/// Each variant of [`TakeBackError`] is one reason.
#[tracing::instrument(name = "gifts.take_back", skip_all, fields(gift.id = %gift, user.id = %giver))]
pub async fn take_back(backend: &Backend, giver: UserId, gift: GiftId) -> Result<OrderId, TakeBackError> {
    let mut tx = backend.begin().await?;
    let row = store::find(&mut *tx, gift, Whose::Giver(giver)).await?.ok_or(TakeBackError::NotFound)?;
    if !row.is_taken_back && !store::take_back(&mut tx, gift).await? {
        return Err(TakeBackError::Accepted);
    }
    tx.commit().await?;
    Ok(row.order_id)
}

impl From<OfferError> for AppError {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::Invalid(code) => Self::field(Field::Email, code),
            OfferError::NotFound => Code::OrderNotFound.into(),
            OfferError::NotGivable => Code::NotGivable.into(),
            OfferError::Database(error) => database::public_code(&error).into(),
        }
    }
}

impl From<TakeBackError> for AppError {
    fn from(error: TakeBackError) -> Self {
        match error {
            TakeBackError::NotFound => Code::GiftNotFound.into(),
            TakeBackError::Accepted => Code::NotGivable.into(),
            TakeBackError::Database(error) => database::public_code(&error).into(),
        }
    }
}
