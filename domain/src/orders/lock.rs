//! The lock: an attempt to buy holds the ticket while the buyer pays.
//!
//! One short transaction, READ COMMITTED, and no call over the network inside it. The ticket's
//! row lock makes buyers of one ticket take turns, and buyers of others do not notice. Should
//! this code ever be wrong, the partial unique index `orders_one_holder_per_ticket` still
//! refuses a second holder.

use model::{AppError, Code, Money, OrderId, TicketId, UserId};
use sqlx::PgConnection;
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
    line::pass_on,
    metrics,
    tickets::{self, store::LockedTicket},
};

/// Why the ticket was not locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// No such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// Sellers do not buy from themselves.
    #[error("the ticket is the buyer's own")]
    OwnTicket,
    /// Somebody else is paying for it.
    #[error("the ticket is locked by somebody else")]
    Locked {
        /// When it may come free.
        until: OffsetDateTime,
    },
    /// It has its buyer.
    #[error("the ticket is sold")]
    Sold,
    /// Its seller took it back.
    #[error("the ticket is withdrawn")]
    Withdrawn,
    /// Its event has started.
    #[error("the event has started")]
    Started,
    /// The buyer saw another price.
    #[error("the price has changed")]
    PriceChanged {
        /// The price now.
        now: Money,
    },
    /// The buyer holds as many tickets as they may.
    #[error("the buyer holds too many tickets")]
    TooManyLocks,
    /// The buyer has just held it, and others want it too.
    #[error("the buyer has just held the ticket")]
    CoolDown {
        /// When they may ask again.
        until: OffsetDateTime,
    },
    /// The account has just been deleted.
    #[error("the buyer has no account any more")]
    NoAccount,
    /// The database.
    #[error("the ticket was not locked")]
    Database(#[from] sqlx::Error),
}

/// Locks a ticket for `buyer`, who saw `seen_price`. The same buyer asking again gets the same
/// order back, with the time that is left of it.
///
/// # Errors
///
/// See [`LockError`]. A refusal changes nothing for the buyer; that they wanted the ticket is noted.
#[tracing::instrument(name = "order.lock", skip_all, fields(ticket.id = %ticket_id, user.id = %buyer))]
pub async fn lock(
    backend: &Backend,
    buyer: UserId,
    ticket_id: TicketId,
    seen_price: Money,
) -> Result<OrderId, LockError> {
    let locked = settle_and_lock(backend, buyer, ticket_id, seen_price).await;
    if let Err(refused) = &locked {
        metrics::lock_refused(refused.code());
    }
    locked
}

async fn settle_and_lock(
    backend: &Backend,
    buyer: UserId,
    ticket_id: TicketId,
    seen_price: Money,
) -> Result<OrderId, LockError> {
    let mut tx = backend.db.begin().await?;
    let ticket = tickets::store::lock_row(&mut tx, ticket_id).await?.ok_or(LockError::NotFound)?;
    let (holder, is_passed_on) = pass_on::settle(&mut tx, &backend.rules, &ticket).await?;
    let outcome = match decide(&ticket, &holder, buyer, seen_price) {
        Ok(Decision::AlreadyMine(order)) => Ok(order),
        Ok(Decision::Free) => take(&mut tx, &backend.rules, &ticket, buyer).await,
        Ok(Decision::FreeAfterEnding(overdue)) => {
            end_overdue(&mut tx, overdue).await?;
            take(&mut tx, &backend.rules, &ticket, buyer).await
        }
        Err(refused) => {
            note_interest(&mut tx, &holder, &refused).await?;
            tx.commit().await?;
            // The ticket may have been passed on just now, too.
            if is_passed_on {
                backend.changes.note(ticket_id);
            }
            return Err(refused);
        }
    };
    // Dropped with an error, the transaction is rolled back.
    let order = outcome?;
    tx.commit().await?;
    backend.changes.note(ticket_id);
    Ok(order)
}

/// Gives a free ticket to `buyer`, as far as the limits let them have it.
async fn take(
    tx: &mut PgConnection,
    rules: &Rules,
    ticket: &LockedTicket,
    buyer: UserId,
) -> Result<OrderId, LockError> {
    limits::store::take_turn(&mut *tx, buyer).await?;
    let standing = limits::store::standing(&mut *tx, buyer, ticket.id).await?;
    let Grant { expires_at, is_wanted } = limits::grant(rules, &standing)?;
    let order = NewOrder {
        id: fresh::<OrderId>(),
        ticket_id: ticket.id,
        buyer_id: buyer,
        price: Money::usd(ticket.price_cents),
        ticket_version: ticket.version,
        created_at: standing.now,
        expires_at,
        is_wanted,
        from_line: false,
    };
    let is_made = create(tx, &order).await.map_err(|error| {
        if database::is_violation_of(&error, store::ONE_HOLDER) {
            // Unreachable while the row lock stands; and if it falls, a clean answer.
            LockError::Locked { until: expires_at }
        } else {
            LockError::Database(error)
        }
    })?;
    if is_made { Ok(order.id) } else { Err(LockError::NoAccount) }
}

/// Whoever is refused because somebody else holds the ticket wants it: its holder is not to have it
/// again and again. Noted once, so that a crowd in front of one ticket does not take turns writing.
async fn note_interest(tx: &mut PgConnection, holder: &Holder, refused: &LockError) -> sqlx::Result<()> {
    match (refused, holder.order) {
        (LockError::Locked { .. }, Some(order)) if !order.is_wanted => {
            limits::store::mark_wanted(tx, order.id).await?;
        }
        _ => {}
    }
    Ok(())
}

/// What a buyer's attempt comes to.
#[derive(Clone, Copy, Debug)]
enum Decision {
    Free,
    /// Free, and an order past its end is still to be put away.
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
