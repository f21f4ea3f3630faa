//! Whether a listing may change: the rule that editing and withdrawing share.

use model::{AppError, Code, TicketId, UserId};
use time::OffsetDateTime;

use super::store::{self, LockedTicket};
use crate::{Backend, database, orders::store::Holder, transaction::Transaction, waitlist::offer};

/// Why a listing was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// A field of the form is missing or out of bounds.
    #[error("the listing is not valid")]
    Invalid(AppError),
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The listing is another user's.
    #[error("the listing is another user's")]
    NotYours,
    /// A buyer is paying for the ticket.
    #[error("the ticket is locked")]
    Locked {
        /// When the ticket may become free.
        until: OffsetDateTime,
    },
    /// The ticket is sold.
    #[error("the ticket is sold")]
    Sold,
    /// The ticket was withdrawn.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The listing changed after the form was opened.
    #[error("the listing has another version")]
    Stale,
    /// A query that reads or changes the listing failed.
    #[error("the listing was not changed")]
    Database(#[from] sqlx::Error),
}

/// Begins a change of a listing: it takes the row lock, brings the ticket up to date, and checks that
/// `seller` may change the listing.
///
/// A refusal commits too, because the ticket may have been offered to the waitlist.
pub(super) async fn begin(
    backend: &Backend,
    seller: UserId,
    id: TicketId,
) -> Result<Transaction<'static>, ChangeError> {
    let mut tx = backend.begin().await?;
    let ticket = store::lock_row(&mut tx, id).await?.ok_or(ChangeError::NotFound)?;
    tx.mark(id);
    let (holder, _) = offer::bring_up_to_date(&mut tx, &backend.rules, &ticket).await?;
    match may_change(&ticket, &holder, seller) {
        Ok(()) => Ok(tx),
        Err(refused) => {
            tx.commit().await?;
            Err(refused)
        }
    }
}

/// Whether `seller` may change the listing now. Both rows were read under the ticket's row lock.
fn may_change(ticket: &LockedTicket, holder: &Holder, seller: UserId) -> Result<(), ChangeError> {
    if ticket.seller_id != seller {
        return Err(ChangeError::NotYours);
    }
    match (ticket.status.as_str(), holder.locked_until()) {
        ("sold", _) => Err(ChangeError::Sold),
        ("withdrawn", _) => Err(ChangeError::Withdrawn),
        (_, Some(until)) => Err(ChangeError::Locked { until }),
        (_, None) if ticket.starts_at <= holder.now => Err(ChangeError::Started),
        (_, None) => Ok(()),
    }
}

impl From<ChangeError> for AppError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Invalid(problems) => problems,
            ChangeError::NotFound => Code::TicketNotFound.into(),
            ChangeError::NotYours => Code::NotYourTicket.into(),
            ChangeError::Locked { until } => Self::locked_until(until.unix_timestamp() * 1000),
            ChangeError::Sold => Code::TicketSold.into(),
            ChangeError::Withdrawn => Code::TicketWithdrawn.into(),
            ChangeError::Started => Code::EventStarted.into(),
            ChangeError::Stale => Code::StaleVersion.into(),
            ChangeError::Database(error) => database::public_code(&error).into(),
        }
    }
}
