//! Whether a listing may change: the one rule behind editing and withdrawing.

use time::OffsetDateTime;

use super::store::LockedTicket;
use crate::{AppError, Code, UserId, database, orders::store::Holder};

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
    Database(#[source] sqlx::Error),
}

/// Whether `seller` may change the listing now. Both rows were read under the ticket's row lock.
pub(super) fn may_change(ticket: &LockedTicket, holder: &Holder, seller: UserId) -> Result<(), ChangeError> {
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
