//! Whether a listing may change: the rules that editing, withdrawing and restoring share.

use model::{AppError, Code, ListingId, UserId};
use time::OffsetDateTime;

use super::{row::ListingRow, state::TicketState, store};
use crate::{Backend, database, transaction::Transaction, waitlist::offer};

/// Why a listing was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// A field of the form is missing or out of bounds.
    #[error("the listing is not valid")]
    Invalid(AppError),
    /// There is no such listing, or no such ticket of it.
    #[error("there is no such listing")]
    NotFound,
    /// The listing is another user's.
    #[error("the listing is another user's")]
    NotYours,
    /// A buyer is paying for a ticket.
    #[error("a ticket is locked")]
    Locked {
        /// When the ticket may become free.
        until: OffsetDateTime,
    },
    /// A ticket is sold.
    #[error("a ticket is sold")]
    Sold,
    /// The ticket, or the whole listing, was withdrawn.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The event is cancelled.
    #[error("the event is cancelled")]
    EventCancelled,
    /// The listing changed after the form was opened.
    #[error("the listing has another version")]
    Stale,
    /// The seller has as many listings on sale as they may.
    #[error("the seller has too many listings on sale")]
    TooManyListings {
        /// The most that they may have.
        limit: u32,
    },
    /// The ticket was withdrawn too long ago to be restored.
    #[error("the withdrawal is too long ago")]
    TooLate,
    /// The ticket was withdrawn by an edit, or the listing was edited since.
    #[error("the withdrawal is final")]
    Final,
    /// The same code or file is on sale, or belongs to another user.
    #[error("the code of a ticket is on sale elsewhere")]
    Elsewhere,
    /// A query that reads or changes the listing failed.
    #[error("the listing was not changed")]
    Database(#[from] sqlx::Error),
}

/// Begins a change of a listing: it takes the listing's row lock, brings the listing up to date, and checks that it is
/// `seller`'s.
///
/// A refusal commits too, because tickets may have been offered to the waitlist.
pub(crate) async fn begin(
    backend: &Backend,
    seller: UserId,
    id: ListingId,
) -> Result<(Transaction<'static>, ListingRow), ChangeError> {
    let mut tx = backend.begin().await?;
    let listing = store::lock(&mut tx, id).await?.ok_or(ChangeError::NotFound)?;
    if listing.seller_id != seller {
        return Err(ChangeError::NotYours);
    }
    tx.mark(id);
    let listing = offer::bring_up_to_date(&mut tx, &backend.rules, listing, None).await?;
    Ok((tx, listing))
}

/// The reason against a change of tickets in these states, if there is one. The listing is up to date.
pub(super) fn refusal(mut states: impl Iterator<Item = TicketState>) -> Option<ChangeError> {
    let reason = |state| match state {
        TicketState::OnSale => None,
        TicketState::Held { until, .. } => Some(ChangeError::Locked { until }),
        TicketState::Sold => Some(ChangeError::Sold),
        TicketState::Withdrawn => Some(ChangeError::Withdrawn),
        TicketState::Started => Some(ChangeError::Started),
        TicketState::EventCancelled => Some(ChangeError::EventCancelled),
        // Unreachable: the listing is up to date.
        TicketState::Overdue { .. } | TicketState::Offered { .. } => Some(ChangeError::Stale),
    };
    states.find_map(reason)
}

/// The reason against an edit: any ticket that is not on sale, apart from those that were withdrawn before.
pub(super) fn edit_refusal(listing: &ListingRow) -> Option<ChangeError> {
    let remaining: Vec<_> = listing.states().filter(|state| *state != TicketState::Withdrawn).collect();
    if remaining.is_empty() { Some(ChangeError::Withdrawn) } else { refusal(remaining.into_iter()) }
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
            ChangeError::EventCancelled => Code::EventCancelled.into(),
            ChangeError::Stale => Code::StaleVersion.into(),
            ChangeError::TooManyListings { limit } => Self::too_many_listings(limit),
            ChangeError::TooLate => Code::RestoreTooLate.into(),
            ChangeError::Final => Code::NotRestorable.into(),
            ChangeError::Elsewhere => Code::TicketElsewhere.into(),
            ChangeError::Database(error) => database::public_code(&error).into(),
        }
    }
}
