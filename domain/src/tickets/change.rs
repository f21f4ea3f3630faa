//! Whether a listing may change: the one rule behind editing and withdrawing.

use model::{AppError, Code, TicketId, UserId};
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;

use super::store::{self, LockedTicket};
use crate::{Backend, database, line::pass_on, orders::store::Holder};

/// Why a listing was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The form.
    #[error("the listing is not valid")]
    Invalid(AppError),
    /// No such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// Somebody else's.
    #[error("the listing is somebody else's")]
    NotYours,
    /// Somebody is paying for it.
    #[error("the ticket is locked")]
    Locked {
        /// When it may come free.
        until: OffsetDateTime,
    },
    /// It has its buyer.
    #[error("the ticket is sold")]
    Sold,
    /// It was taken back.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// Its event has started.
    #[error("the event has started")]
    Started,
    /// It changed after the form was opened.
    #[error("the listing has another version")]
    Stale,
    /// The database.
    #[error("the listing was not changed")]
    Database(#[from] sqlx::Error),
}

/// Begins a change of a listing: under its row lock, brought up to date, and only if `seller` may make it.
///
/// A refusal leaves it up to date, too. It may have been passed on by that, which those who look on hear of.
pub(super) async fn begin(
    backend: &Backend,
    seller: UserId,
    id: TicketId,
) -> Result<Transaction<'static, Postgres>, ChangeError> {
    let mut tx = backend.db.begin().await?;
    let ticket = store::lock_row(&mut tx, id).await?.ok_or(ChangeError::NotFound)?;
    let (holder, _) = pass_on::settle(&mut tx, &backend.rules, &ticket).await?;
    match may_change(&ticket, &holder, seller) {
        Ok(()) => Ok(tx),
        Err(refused) => {
            commit(backend, id, tx).await?;
            Err(refused)
        }
    }
}

/// Ends it, and tells those who look on.
pub(super) async fn commit(
    backend: &Backend,
    id: TicketId,
    tx: Transaction<'static, Postgres>,
) -> Result<(), ChangeError> {
    tx.commit().await?;
    backend.changes.note(id);
    Ok(())
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
