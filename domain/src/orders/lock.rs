//! The lock: it holds the ticket for a buyer while they pay.
//!
//! It is one short transaction, READ COMMITTED, without a call over the network. The ticket's row lock
//! serializes the buyers of one ticket; buyers of other tickets do not wait. If this code were wrong, the
//! partial unique index `orders_one_holder_per_ticket` would still refuse a second holder.

use model::{AppError, Code, Money, OrderId, TicketId, UserId};
use time::OffsetDateTime;

use super::{
    create::create,
    end::end_overdue,
    limits::{self, Grant, Limit},
    store::{self, Holder, HolderOrder, NewOrder},
};
use crate::{
    Backend,
    backend::Rules,
    database,
    ids::fresh,
    metrics,
    tickets::{self, store::LockedTicket},
    transaction::Transaction,
    waitlist::offer,
};

/// Why the ticket was not locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The ticket is the buyer's own: sellers do not buy from themselves.
    #[error("the ticket is the buyer's own")]
    OwnTicket,
    /// Another user is paying for it.
    #[error("the ticket is locked by another user")]
    Locked {
        /// When the ticket may become free.
        until: OffsetDateTime,
    },
    /// The ticket is sold.
    #[error("the ticket is sold")]
    Sold,
    /// The seller has withdrawn the ticket.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// The event has started.
    #[error("the event has started")]
    Started,
    /// The price differs from the one that the buyer saw.
    #[error("the price has changed")]
    PriceChanged {
        /// The current price.
        now: Money,
    },
    /// The buyer holds as many tickets as they may.
    #[error("the buyer holds too many tickets")]
    TooManyLocks,
    /// The buyer has just held the ticket, and other users want it too.
    #[error("the buyer has just held the ticket")]
    CoolDown {
        /// The end of the cool-down.
        until: OffsetDateTime,
    },
    /// The account was deleted a moment ago.
    #[error("the buyer has no account")]
    NoAccount,
    /// A query that locks the ticket failed.
    #[error("the ticket was not locked")]
    Database(#[from] sqlx::Error),
}

/// Locks a ticket for `buyer`, who saw `seen_price`. If the buyer holds it already, they get the same
/// order, with the time that is left of it.
///
/// # Errors
///
/// Each variant of [`LockError`] is one reason. A refusal changes nothing for the buyer, but stores that
/// they wanted the ticket.
#[tracing::instrument(name = "order.lock", skip_all, fields(ticket.id = %ticket_id, user.id = %buyer))]
pub async fn lock(
    backend: &Backend,
    buyer: UserId,
    ticket_id: TicketId,
    seen_price: Money,
) -> Result<OrderId, LockError> {
    let locked = lock_under_row_lock(backend, buyer, ticket_id, seen_price).await;
    if let Err(refused) = &locked {
        metrics::lock_refused(refused.code());
    }
    locked
}

async fn lock_under_row_lock(
    backend: &Backend,
    buyer: UserId,
    ticket_id: TicketId,
    seen_price: Money,
) -> Result<OrderId, LockError> {
    let mut tx = backend.begin().await?;
    let ticket = tickets::store::lock_row(&mut tx, ticket_id).await?.ok_or(LockError::NotFound)?;
    let (holder, _) = offer::bring_up_to_date(&mut tx, &backend.rules, &ticket).await?;
    let outcome = match decide(&ticket, &holder, buyer, seen_price) {
        Ok(Decision::AlreadyMine(order)) => Ok(order),
        Ok(Decision::Free) => take(&mut tx, &backend.rules, &ticket, buyer).await,
        Ok(Decision::FreeAfterEnding(overdue)) => {
            end_overdue(&mut tx, overdue).await?;
            take(&mut tx, &backend.rules, &ticket, buyer).await
        }
        Err(refused) => {
            note_interest(&mut tx, &holder, &refused).await?;
            // The ticket may have been offered to the waitlist in this transaction.
            tx.commit().await?;
            return Err(refused);
        }
    };
    // On an error the transaction is dropped, and so rolled back.
    let order = outcome?;
    tx.mark(ticket_id);
    tx.commit().await?;
    Ok(order)
}

/// Gives a free ticket to `buyer`, if the limits allow it.
async fn take(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    ticket: &LockedTicket,
    buyer: UserId,
) -> Result<OrderId, LockError> {
    limits::store::lock_buyer(&mut *tx, buyer).await?;
    let history = limits::store::history(&mut *tx, buyer, ticket.id).await?;
    let Grant { expires_at, is_wanted } = limits::grant(rules, &history)?;
    let order = NewOrder {
        id: fresh::<OrderId>(),
        ticket_id: ticket.id,
        buyer_id: buyer,
        price: Money::usd(ticket.price_cents),
        ticket_version: ticket.version,
        created_at: history.now,
        expires_at,
        is_wanted,
        from_waitlist: false,
    };
    let is_made = create(tx, &order).await.map_err(|error| {
        if database::is_violation_of(&error, store::ONE_HOLDER) {
            // Unreachable under the row lock; if that failed, the index gives the buyer a proper refusal.
            LockError::Locked { until: expires_at }
        } else {
            LockError::Database(error)
        }
    })?;
    if is_made { Ok(order.id) } else { Err(LockError::NoAccount) }
}

/// A buyer who is refused because another user holds the ticket wants it, and so the holder may not lock
/// it again and again. The order is marked once, so that many buyers of one ticket do not all write its
/// row.
async fn note_interest(tx: &mut Transaction<'_>, holder: &Holder, refused: &LockError) -> sqlx::Result<()> {
    match (refused, holder.order) {
        (LockError::Locked { .. }, Some(order)) if !order.is_wanted => {
            limits::store::mark_wanted(&mut **tx, order.id).await?;
        }
        _ => {}
    }
    Ok(())
}

/// The decision about an attempt to lock.
#[derive(Clone, Copy, Debug)]
enum Decision {
    Free,
    /// The ticket is free, but an order past its end still has to be ended.
    FreeAfterEnding(OrderId),
    AlreadyMine(OrderId),
}

/// The rule, on rows read under the ticket's row lock.
fn decide(ticket: &LockedTicket, holder: &Holder, buyer: UserId, seen_price: Money) -> Result<Decision, LockError> {
    if ticket.seller_id == buyer {
        return Err(LockError::OwnTicket);
    }
    match ticket.status.as_str() {
        "withdrawn" => return Err(LockError::Withdrawn),
        "sold" => return Err(LockError::Sold),
        _ => {}
    }
    let decision = match holder.order {
        None => Decision::Free,
        Some(HolderOrder { status, .. }) if !status.is_open() => return Err(LockError::Sold),
        Some(HolderOrder { id, expires_at, .. }) if expires_at <= holder.now => Decision::FreeAfterEnding(id),
        Some(HolderOrder { id, buyer_id, .. }) if buyer_id == buyer => return Ok(Decision::AlreadyMine(id)),
        Some(HolderOrder { expires_at, .. }) => return Err(LockError::Locked { until: expires_at }),
    };
    let price = Money::usd(ticket.price_cents);
    if ticket.starts_at <= holder.now {
        Err(LockError::Started)
    } else if price == seen_price {
        Ok(decision)
    } else {
        Err(LockError::PriceChanged { now: price })
    }
}

impl From<Limit> for LockError {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::TooManyLocks => Self::TooManyLocks,
            Limit::CoolDown { until } => Self::CoolDown { until },
        }
    }
}

impl LockError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::TicketNotFound,
            Self::OwnTicket => Code::OwnTicket,
            Self::Locked { .. } => Code::TicketLocked,
            Self::Sold => Code::TicketSold,
            Self::Withdrawn => Code::TicketWithdrawn,
            Self::Started => Code::EventStarted,
            Self::PriceChanged { .. } => Code::PriceChanged,
            Self::TooManyLocks => Code::TooManyLocks,
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
            LockError::PriceChanged { now } => Self::price_changed(now),
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
