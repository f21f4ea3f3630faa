//! Joining the waitlist of a listing.

use model::{AppError, Code, ListingId, UserId, tickets::Availability};
use time::OffsetDateTime;

use super::{offer, store};
use crate::{
    Backend,
    backend::Rules,
    database,
    orders::limits::{self, Limit},
    tickets::{self, row::ListingRow},
};

/// Why the user did not join the waitlist.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// There is no such listing.
    #[error("there is no such listing")]
    NotFound,
    /// The tickets are the user's own: sellers do not buy from themselves.
    #[error("the tickets are the user's own")]
    OwnTicket,
    /// The user holds tickets of it.
    #[error("the user holds tickets of the listing")]
    AlreadyYours,
    /// So many tickets are free: the user can buy them at once.
    #[error("the tickets are free")]
    Free,
    /// No one waits for no ticket.
    #[error("the number of tickets is out of bounds")]
    Quantity,
    /// More tickets than are left.
    #[error("fewer tickets are left")]
    NotEnough,
    /// The seller does not sell this number of tickets.
    #[error("the listing is not sold in this number")]
    Split,
    /// More tickets than a buyer may hold.
    #[error("the user may not hold so many tickets")]
    TooManyTickets,
    /// The seller takes no one else on the waitlist.
    #[error("the waitlist is closed")]
    Closed,
    /// The tickets are sold.
    #[error("the tickets are sold")]
    Sold,
    /// The seller has withdrawn the tickets.
    #[error("the tickets are withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The event is cancelled.
    #[error("the event is cancelled")]
    EventCancelled,
    /// The user would have more tickets for the event than they may.
    #[error("the user has too many tickets for the event")]
    EventLimit {
        /// The most that they may have.
        limit: u32,
    },
    /// The user has just held tickets of it, and other users want them too.
    #[error("the user has just held the tickets")]
    CoolDown {
        /// When the user may join.
        until: OffsetDateTime,
    },
    /// Too many cards of the user were declined: they could not pay for what they are offered.
    #[error("too many cards of the user were declined")]
    TooManyDeclines {
        /// When they can pay again.
        until: OffsetDateTime,
    },
    /// The user has left too many offers of waitlists unpaid.
    #[error("the user has not paid for their last offers")]
    UnpaidOffers {
        /// When they may join.
        until: OffsetDateTime,
    },
    /// The waitlist is full.
    #[error("the waitlist is full")]
    Full,
    /// The user is on as many waitlists as they may.
    #[error("the user is on too many waitlists")]
    TooManyPlaces,
    /// The account was deleted a moment ago.
    #[error("the user has no account")]
    NoAccount,
    /// A query that reads or changes the waitlist failed.
    #[error("the waitlist was not joined")]
    Database(#[from] sqlx::Error),
}

/// Adds `user` to the end of the waitlist of a listing that other users have locked, for `wanted` tickets, and returns
/// their position, from 1. A user who is on it already keeps their position, and wants the new number.
///
/// # Errors
///
/// Each variant of [`JoinError`] is one reason.
#[tracing::instrument(name = "waitlist.join", skip_all, fields(listing.id = %listing, user.id = %user))]
pub async fn join(backend: &Backend, user: UserId, listing: ListingId, wanted: usize) -> Result<i64, JoinError> {
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock(&mut tx, listing).await?.ok_or(JoinError::NotFound)?;
    let listing = offer::bring_up_to_date(&mut tx, &backend.rules, listing, Some(user)).await?;
    let joined = match may_wait(&backend.rules, &listing, user, wanted) {
        Ok(wanted) => enter(&mut tx, backend, user, &listing, wanted).await,
        Err(refused) => Err(refused),
    };
    if let Err(JoinError::Database(error)) = joined {
        return Err(error.into());
    }
    // Committed in any case: tickets may have been offered to other users in this transaction.
    tx.mark(listing.id);
    tx.commit().await?;
    joined
}

/// Whether the user may wait for so many tickets. The listing is up to date.
fn may_wait(rules: &Rules, listing: &ListingRow, user: UserId, wanted: usize) -> Result<i32, JoinError> {
    if listing.seller_id == user {
        return Err(JoinError::OwnTicket);
    }
    if listing.held_by(user).is_some() {
        return Err(JoinError::AlreadyYours);
    }
    match listing.availability(rules) {
        Availability::Withdrawn => return Err(JoinError::Withdrawn),
        Availability::Sold => return Err(JoinError::Sold),
        Availability::Started => return Err(JoinError::Started),
        Availability::EventCancelled => return Err(JoinError::EventCancelled),
        Availability::OnSale | Availability::LockedUntil(_) => {}
    }
    let (free, held) = (listing.free_count(), listing.held_count());
    if wanted == 0 {
        Err(JoinError::Quantity)
    } else if listing.split.allows(wanted, free, held) {
        Err(JoinError::Free)
    } else if wanted > free + held {
        Err(JoinError::NotEnough)
    } else if !listing.split.allows(wanted, free + held, 0) {
        Err(JoinError::Split)
    } else if u32::try_from(wanted).is_ok_and(|wanted| wanted <= rules.max_active_locks) {
        i32::try_from(wanted).map_err(|_| JoinError::Quantity)
    } else {
        Err(JoinError::TooManyTickets)
    }
}

/// Adds the user, if the limits allow it, under the user's buyer lock.
async fn enter(
    tx: &mut sqlx::PgConnection,
    backend: &Backend,
    user: UserId,
    listing: &ListingRow,
    wanted: i32,
) -> Result<i64, JoinError> {
    let lengths = store::lengths(&mut *tx, listing.id, user).await?;
    if let Some(position) = lengths.my_position {
        store::set_wanted(&mut *tx, listing.id, user, wanted).await?;
        return Ok(position);
    }
    if listing.is_waitlist_closed {
        return Err(JoinError::Closed);
    }
    if lengths.length >= i64::from(backend.rules.max_waitlist_length) {
        return Err(JoinError::Full);
    }
    if lengths.of_user >= i64::from(backend.rules.max_waitlists_per_user) {
        return Err(JoinError::TooManyPlaces);
    }
    let history = limits::store::history(&mut *tx, &backend.rules, user, listing.id).await?;
    let count = usize::try_from(wanted).map_err(|_| JoinError::Quantity)?;
    limits::event_limit(&history, count)?;
    if let Some(until) = history.barred_until {
        return Err(JoinError::TooManyDeclines { until });
    }
    if let Some(until) = history.unpaid_offers_until {
        return Err(JoinError::UnpaidOffers { until });
    }
    limits::cool_down(&backend.rules, &history)?;
    if !store::insert(&mut *tx, listing.id, user, wanted).await? {
        return Err(JoinError::NoAccount);
    }
    limits::store::mark_wanted(&mut *tx, &listing.holding_orders(&[])).await?;
    Ok(lengths.length + 1)
}

impl From<Limit> for JoinError {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::TooManyLocks => Self::TooManyTickets,
            Limit::TooManyOfEvent { limit } => Self::EventLimit { limit },
            Limit::TooManyDeclines { until } => Self::TooManyDeclines { until },
            Limit::CoolDown { until } => Self::CoolDown { until },
        }
    }
}

impl From<JoinError> for AppError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::NotFound => Code::TicketNotFound.into(),
            JoinError::OwnTicket => Code::OwnTicket.into(),
            JoinError::AlreadyYours => Code::AlreadyYours.into(),
            JoinError::Free => Code::TicketIsFree.into(),
            JoinError::Quantity => Code::InvalidCount.into(),
            JoinError::NotEnough => Code::NotEnoughTickets.into(),
            JoinError::Split => Code::SplitNotAllowed.into(),
            JoinError::TooManyTickets => Code::TooManyLocks.into(),
            JoinError::Closed => Code::LineClosed.into(),
            JoinError::Sold => Code::TicketSold.into(),
            JoinError::Withdrawn => Code::TicketWithdrawn.into(),
            JoinError::Started => Code::EventStarted.into(),
            JoinError::EventCancelled => Code::EventCancelled.into(),
            JoinError::EventLimit { limit } => Self::event_limit(limit),
            JoinError::CoolDown { until } => Self::cool_down_until(until.unix_timestamp() * 1000),
            JoinError::TooManyDeclines { until } => Self::too_many_declines_until(until.unix_timestamp() * 1000),
            JoinError::UnpaidOffers { until } => Self::unpaid_offers_until(until.unix_timestamp() * 1000),
            JoinError::Full => Code::LineFull.into(),
            JoinError::TooManyPlaces => Code::TooManyPlaces.into(),
            JoinError::NoAccount => Code::NotSignedIn.into(),
            JoinError::Database(error) => database::public_code(&error).into(),
        }
    }
}
