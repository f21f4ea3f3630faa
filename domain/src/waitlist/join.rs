//! Joining the waitlist of a locked ticket.

use model::{AppError, Code, TicketId, UserId};
use time::OffsetDateTime;

use super::{offer, store};
use crate::{
    Backend, database,
    orders::{
        self,
        limits::{self, Limit},
        store::{Holder, HolderOrder},
    },
    tickets::{self, store::LockedTicket},
    transaction::Transaction,
};

/// Why the user did not join the waitlist.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The ticket is the user's own: sellers do not buy from themselves.
    #[error("the ticket is the user's own")]
    OwnTicket,
    /// The user holds the ticket.
    #[error("the user holds the ticket")]
    AlreadyYours,
    /// No one holds the ticket: the user can buy it at once.
    #[error("the ticket is free")]
    Free,
    /// The ticket is sold.
    #[error("the ticket is sold")]
    Sold,
    /// The seller has withdrawn the ticket.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The user has just held the ticket, and other users want it too.
    #[error("the user has just held the ticket")]
    CoolDown {
        /// When the user may join.
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

/// Adds `user` to the end of the waitlist of a ticket that another user has locked, and returns their
/// position, from 1. A user who is on it already keeps their position.
///
/// # Errors
///
/// Each variant of [`JoinError`] is one reason.
#[tracing::instrument(name = "waitlist.join", skip_all, fields(ticket.id = %ticket_id, user.id = %user))]
pub async fn join(backend: &Backend, user: UserId, ticket_id: TicketId) -> Result<i64, JoinError> {
    let (mut tx, mut ticket) = begin(backend, ticket_id).await?;
    let (mut holder, is_offered) = offer::bring_up_to_date(&mut tx, &backend.rules, &ticket).await?;
    if is_offered {
        // A transaction holds one buyer's lock at a time: the one of the ticket's new holder is released
        // before this user's is taken.
        tx.commit().await?;
        (tx, ticket) = begin(backend, ticket_id).await?;
        holder = orders::store::holder(&mut tx, ticket_id).await?;
    }
    let joined = match may_wait(&ticket, &holder, user) {
        Ok(order) => enter(&mut tx, backend, user, &ticket, order).await,
        Err(refused) => Err(refused),
    };
    // Committed in any case: the ticket may have been offered to the next user in this transaction.
    tx.mark(ticket_id);
    tx.commit().await?;
    joined
}

/// Takes the ticket's row lock and brings the ticket up to date.
async fn begin(backend: &Backend, ticket: TicketId) -> Result<(Transaction<'static>, LockedTicket), JoinError> {
    let mut tx = backend.begin().await?;
    let ticket = tickets::store::lock_row(&mut tx, ticket).await?;
    Ok((tx, ticket.ok_or(JoinError::NotFound)?))
}

/// Whether the user may wait: if so, the order of another user that holds the ticket.
fn may_wait(ticket: &LockedTicket, holder: &Holder, user: UserId) -> Result<HolderOrder, JoinError> {
    if ticket.seller_id == user {
        return Err(JoinError::OwnTicket);
    }
    match (ticket.status.as_str(), holder.order.filter(|_| holder.is_held())) {
        ("withdrawn", _) => Err(JoinError::Withdrawn),
        ("sold", _) => Err(JoinError::Sold),
        (_, Some(order)) if !order.status.is_open() => Err(JoinError::Sold),
        _ if ticket.starts_at <= holder.now => Err(JoinError::Started),
        (_, Some(order)) if order.buyer_id == user => Err(JoinError::AlreadyYours),
        (_, Some(order)) => Ok(order),
        (_, None) => Err(JoinError::Free),
    }
}

/// Adds the user behind `order`, if the limits allow it.
async fn enter(
    tx: &mut sqlx::PgConnection,
    backend: &Backend,
    user: UserId,
    ticket: &LockedTicket,
    order: HolderOrder,
) -> Result<i64, JoinError> {
    // The sweep ends orders that no other user wants in batches. The mark makes the sweep offer this
    // order's ticket to the waitlist; if the sweep was quicker, the order has just ended.
    let still_holds = order.is_wanted || limits::store::mark_wanted(&mut *tx, order.id).await?;
    if !still_holds {
        return Err(JoinError::Free);
    }
    limits::store::lock_buyer(&mut *tx, user).await?;
    let lengths = store::lengths(&mut *tx, ticket.id, user).await?;
    if let Some(position) = lengths.my_position {
        return Ok(position);
    }
    if lengths.length >= i64::from(backend.rules.max_waitlist_length) {
        return Err(JoinError::Full);
    }
    if lengths.of_user >= i64::from(backend.rules.max_waitlists_per_user) {
        return Err(JoinError::TooManyPlaces);
    }
    let history = limits::store::history(&mut *tx, user, ticket.id).await?;
    if let Err(Limit::CoolDown { until }) = limits::cool_down(&backend.rules, &history) {
        return Err(JoinError::CoolDown { until });
    }
    let is_in = store::insert(&mut *tx, ticket.id, user).await?;
    if is_in { Ok(lengths.length + 1) } else { Err(JoinError::NoAccount) }
}

impl From<JoinError> for AppError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::NotFound => Code::TicketNotFound.into(),
            JoinError::OwnTicket => Code::OwnTicket.into(),
            JoinError::AlreadyYours => Code::AlreadyYours.into(),
            JoinError::Free => Code::TicketIsFree.into(),
            JoinError::Sold => Code::TicketSold.into(),
            JoinError::Withdrawn => Code::TicketWithdrawn.into(),
            JoinError::Started => Code::EventStarted.into(),
            JoinError::CoolDown { until } => Self::cool_down_until(until.unix_timestamp() * 1000),
            JoinError::Full => Code::LineFull.into(),
            JoinError::TooManyPlaces => Code::TooManyPlaces.into(),
            JoinError::NoAccount => Code::NotSignedIn.into(),
            JoinError::Database(error) => database::public_code(&error).into(),
        }
    }
}
