//! The lock: it holds tickets for a buyer while they pay.
//!
//! In the common case it is one statement, which takes the tickets if nothing speaks against it (`take_store::take`).
//! If it takes none, the listing is read: if that shows that the tickets are gone or held, the answer is known, and many
//! buyers of one ticket wait for nothing. Otherwise a short transaction under the row lock of the listing decides: it
//! ends what is overdue, offers tickets to the waitlist first, and knows the buyer's limits. It is READ COMMITTED and
//! calls no one over the network.
//!
//! A ticket's row has room for one holder, so that no fault here sells a ticket twice.

use model::{
    AppError, Code, Money, OrderId, TicketId, UserId,
    tickets::{ListingView, LockInput, limits::LISTING_MAX},
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::{
    limits::{self, Limit},
    store,
    take_store::{self, Take, Terms},
};
use crate::{
    Backend,
    backend::Rules,
    database, metrics,
    outbox::{self, Job},
    payments,
    tickets::{self, row::ListingRow, state::TicketState},
    transaction::Transaction,
    waitlist::offer,
};

/// Why the tickets were not locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is no such listing, or no such ticket of it.
    #[error("there is no such listing")]
    NotFound,
    /// No order has so many tickets.
    #[error("the number of tickets is out of bounds")]
    Quantity,
    /// The tickets are the buyer's own: sellers do not buy from themselves.
    #[error("the tickets are the buyer's own")]
    OwnTicket,
    /// Other users are paying for them.
    #[error("the tickets are locked by other users")]
    Locked {
        /// When the first of them may become free.
        until: OffsetDateTime,
    },
    /// They are sold.
    #[error("the tickets are sold")]
    Sold,
    /// The seller has withdrawn them.
    #[error("the tickets are withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The event is cancelled.
    #[error("the event is cancelled")]
    EventCancelled,
    /// Fewer tickets are on sale.
    #[error("fewer tickets are on sale")]
    NotEnough,
    /// The seller does not sell this number of tickets.
    #[error("the listing is not sold in this number")]
    Split,
    /// The listing is not the one that the buyer saw.
    #[error("the listing has changed")]
    Changed {
        /// The listing as it is now.
        now: Box<ListingView>,
        /// The price that the buyer saw.
        seen: Money,
    },
    /// The buyer would hold more tickets than they may.
    #[error("the buyer holds too many tickets")]
    TooManyLocks,
    /// The buyer would have more tickets for the event than they may.
    #[error("the buyer has too many tickets for the event")]
    EventLimit {
        /// The most that they may have.
        limit: u32,
    },
    /// Too many cards of the buyer were declined: they could not pay for the tickets.
    #[error("too many cards of the buyer were declined")]
    TooManyDeclines {
        /// When they can pay again.
        until: OffsetDateTime,
    },
    /// The buyer has just held tickets of the listing, and other users want them too.
    #[error("the buyer has just held the tickets")]
    CoolDown {
        /// The end of the cool-down.
        until: OffsetDateTime,
    },
    /// The account was deleted a moment ago.
    #[error("the buyer has no account")]
    NoAccount,
    /// A query that locks the tickets failed.
    #[error("the tickets were not locked")]
    Database(#[from] sqlx::Error),
}

/// Locks tickets of a listing for `buyer`, as the buyer saw it. If the buyer holds tickets of it already, they get the
/// same order, with the time that is left of it.
///
/// # Errors
///
/// Each variant of [`LockError`] is one reason. A refusal changes nothing for the buyer, but stores that
/// they wanted the tickets.
#[tracing::instrument(name = "order.lock", skip_all, fields(listing.id = %input.listing, user.id = %buyer))]
pub async fn lock(backend: &Backend, buyer: UserId, input: &LockInput) -> Result<OrderId, LockError> {
    let locked = try_lock(backend, buyer, input).await;
    if let Err(refused) = &locked {
        metrics::lock_refused(refused.code());
    }
    locked
}

async fn try_lock(backend: &Backend, buyer: UserId, input: &LockInput) -> Result<OrderId, LockError> {
    let input = &without_repetition(input);
    if !(1..=LISTING_MAX).contains(&input.wanted()) {
        return Err(LockError::Quantity);
    }
    let taken = take_store::take(&backend.db, &backend.rules, &take(input, buyer, &input.tickets), None).await;
    match taken {
        Ok(Some(order)) => {
            backend.changes.mark(input.listing);
            return Ok(order);
        }
        Ok(None) => {}
        // Another window of the buyer took the slot.
        Err(error) if database::is_violation_of(&error, take_store::HOLD_SLOT) => {}
        Err(error) => return Err(error.into()),
    }
    let listing = tickets::store::find(&backend.db, input.listing, None).await?.ok_or(LockError::NotFound)?;
    match decide(&backend.rules, &listing, buyer, input) {
        Err(refused) if listing.overdue_orders().is_empty() => {
            let marked = note_interest(&backend.db, &listing, input, &refused).await?;
            hasten(backend, &marked).await?;
            Err(refused)
        }
        _ => lock_under_row_lock(backend, buyer, input).await,
    }
}

/// The same request, with each ticket once.
fn without_repetition(input: &LockInput) -> LockInput {
    let mut tickets = input.tickets.clone();
    tickets.sort_unstable();
    tickets.dedup();
    LockInput { tickets, ..input.clone() }
}

fn take<'a>(input: &LockInput, buyer: UserId, tickets: &'a [TicketId]) -> Take<'a> {
    Take {
        listing: input.listing,
        version: input.version,
        price: Money::usd(input.price_cents),
        buyer,
        count: input.wanted(),
        tickets,
    }
}

async fn lock_under_row_lock(backend: &Backend, buyer: UserId, input: &LockInput) -> Result<OrderId, LockError> {
    let rules = &backend.rules;
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock(&mut tx, input.listing).await?.ok_or(LockError::NotFound)?;
    let listing = offer::bring_up_to_date(&mut tx, rules, listing, Some(buyer)).await?;
    let mut marked = Vec::new();
    let outcome = match decide(rules, &listing, buyer, input) {
        Ok(Decision::AlreadyMine(order)) => Ok(order),
        Ok(Decision::Free) => grant(&mut tx, rules, buyer, input).await,
        Err(refused) => {
            marked = note_interest(&mut *tx, &listing, input, &refused).await?;
            Err(refused)
        }
    };
    if let Err(LockError::Database(error)) = outcome {
        return Err(error.into());
    }
    if outcome.is_ok() {
        tx.mark(input.listing);
    }
    // Committed even when it is refused: the listing was brought up to date.
    tx.commit().await?;
    hasten(backend, &marked).await?;
    outcome
}

/// Gives free tickets to `buyer`, if the buyer's limits allow it, under the buyer's lock.
async fn grant(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    buyer: UserId,
    input: &LockInput,
) -> Result<OrderId, LockError> {
    let history = limits::store::history(tx, rules, buyer, input.listing).await?;
    let granted = limits::grant(rules, &history, input.wanted())?;
    take_store::release_slots(tx, buyer).await?;
    let terms = Terms { expires_at: granted.expires_at, is_wanted: granted.is_wanted, from_waitlist: false };
    let taken = take_store::take(&mut *tx, rules, &take(input, buyer, &input.tickets), Some(terms)).await?;
    match taken {
        Some(order) => Ok(order),
        None if limits::store::has_account(&mut **tx, buyer).await? => Err(LockError::TooManyLocks),
        None => Err(LockError::NoAccount),
    }
}

/// A buyer who is refused because other users hold the tickets wants them, and so the holders may not lock them again
/// and again. Each order is marked once, so that many buyers of one ticket do not all write its row. Returns the orders
/// that are marked now.
async fn note_interest(
    db: impl PgExecutor<'_>,
    listing: &ListingRow,
    input: &LockInput,
    refused: &LockError,
) -> sqlx::Result<Vec<OrderId>> {
    let holding = match refused {
        LockError::Locked { .. } => listing.holding_orders(&input.tickets),
        LockError::NotEnough | LockError::Split if listing.would_allow(input.wanted()) => listing.holding_orders(&[]),
        _ => Vec::new(),
    };
    if holding.is_empty() { Ok(holding) } else { limits::store::mark_wanted(db, &holding).await }
}

/// Asks Stripe at once about the orders that are past their end and keep their tickets only for a late answer.
async fn hasten(backend: &Backend, marked: &[OrderId]) -> sqlx::Result<()> {
    for order in marked {
        let is_overdue = store::find(&backend.db, *order).await?.is_some_and(|order| order.is_overdue);
        if is_overdue && let Some(payment) = payments::store::live_of_order(&backend.db, *order).await? {
            outbox::schedule(backend, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
        }
    }
    Ok(())
}

/// The decision about an attempt to lock.
#[derive(Clone, Copy, Debug)]
enum Decision {
    /// The buyer may have them, if their limits allow it.
    Free,
    AlreadyMine(OrderId),
}

/// The rule. It is final for a listing that is up to date; for another one, only a refusal may be.
fn decide(rules: &Rules, listing: &ListingRow, buyer: UserId, input: &LockInput) -> Result<Decision, LockError> {
    if listing.seller_id == buyer {
        return Err(LockError::OwnTicket);
    }
    if let Some(order) = listing.held_by(buyer) {
        return Ok(Decision::AlreadyMine(order));
    }
    if listing.free_count() == 0 {
        return Err(refusal(listing.states()).unwrap_or(LockError::Sold));
    }
    let seen = Money::usd(input.price_cents);
    if listing.version != input.version || listing.price() != seen {
        let now = Box::new(listing.view(rules, Some(buyer)));
        return Err(LockError::Changed { now, seen });
    }
    for id in &input.tickets {
        let ticket = listing.tickets.iter().find(|ticket| ticket.id == *id).ok_or(LockError::NotFound)?;
        if let Some(refused) = refusal([listing.state(ticket)].into_iter()) {
            return Err(refused);
        }
    }
    if input.wanted() > listing.free_count() {
        Err(LockError::NotEnough)
    } else if listing.allows(input.wanted()) {
        Ok(Decision::Free)
    } else {
        Err(LockError::Split)
    }
}

/// Why none of the tickets in these states can be locked, or `None` if one can. Of several reasons it is the one that
/// may pass.
fn refusal(states: impl Iterator<Item = TicketState>) -> Option<LockError> {
    let mut reason = None;
    for state in states {
        let next = match state {
            TicketState::OnSale | TicketState::Overdue { .. } => return None,
            TicketState::Held { until, .. } | TicketState::Offered { until, .. } => LockError::Locked { until },
            TicketState::Started => LockError::Started,
            TicketState::EventCancelled => LockError::EventCancelled,
            TicketState::Sold => LockError::Sold,
            TicketState::Withdrawn => LockError::Withdrawn,
        };
        reason = match (reason.take(), next) {
            (Some(LockError::Locked { until: one }), LockError::Locked { until: other }) => {
                Some(LockError::Locked { until: one.min(other) })
            }
            (Some(before), next) if rank(&before) <= rank(&next) => Some(before),
            (_, next) => Some(next),
        };
    }
    reason
}

fn rank(refused: &LockError) -> u8 {
    match refused {
        LockError::Locked { .. } => 0,
        LockError::Started | LockError::EventCancelled => 1,
        LockError::Sold => 2,
        _ => 3,
    }
}

impl From<Limit> for LockError {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::TooManyLocks => Self::TooManyLocks,
            Limit::TooManyOfEvent { limit } => Self::EventLimit { limit },
            Limit::TooManyDeclines { until } => Self::TooManyDeclines { until },
            Limit::CoolDown { until } => Self::CoolDown { until },
        }
    }
}

impl LockError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::TicketNotFound,
            Self::Quantity => Code::InvalidCount,
            Self::OwnTicket => Code::OwnTicket,
            Self::Locked { .. } => Code::TicketLocked,
            Self::Sold => Code::TicketSold,
            Self::Withdrawn => Code::TicketWithdrawn,
            Self::Started => Code::EventStarted,
            Self::EventCancelled => Code::EventCancelled,
            Self::NotEnough => Code::NotEnoughTickets,
            Self::Split => Code::SplitNotAllowed,
            Self::Changed { now, seen } if now.card.price == *seen => Code::ListingChanged,
            Self::Changed { .. } => Code::PriceChanged,
            Self::TooManyLocks => Code::TooManyLocks,
            Self::EventLimit { .. } => Code::EventLimit,
            Self::TooManyDeclines { .. } => Code::TooManyDeclines,
            Self::CoolDown { .. } => Code::CoolDown,
            Self::NoAccount => Code::NotSignedIn,
            Self::Database(error) => database::public_code(error),
        }
    }
}

impl From<LockError> for AppError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Locked { until } => Self::locked_until(until.unix_timestamp() * 1000),
            LockError::Changed { now, seen } => Self::listing_changed(*now, seen),
            LockError::EventLimit { limit } => Self::event_limit(limit),
            LockError::TooManyDeclines { until } => Self::too_many_declines_until(until.unix_timestamp() * 1000),
            LockError::CoolDown { until } => Self::cool_down_until(until.unix_timestamp() * 1000),
            plain => plain.code().into(),
        }
    }
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "limits_tests.rs"]
mod limits_tests;

#[cfg(test)]
#[path = "several_tests.rs"]
mod several_tests;
