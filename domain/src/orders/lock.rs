//! The lock: an attempt to buy holds the ticket while the buyer pays.
//!
//! One short transaction, READ COMMITTED, and no call over the network inside it. The ticket's
//! row lock makes buyers of one ticket take turns, and buyers of others do not notice. Should
//! this code ever be wrong, the partial unique index `orders_one_holder_per_ticket` still
//! refuses a second holder.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    OrderEvent,
    store::{self, Holder, HolderOrder, NewOrder},
};
use crate::{
    AppError, Backend, Code, Money, OrderId, TicketId, UserId, database,
    outbox::{self, Job},
    payments,
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
    /// The database.
    #[error("the ticket was not locked")]
    Database(#[source] sqlx::Error),
}

/// Locks a ticket for `buyer`, who saw `seen_price`. The same buyer asking again gets the same
/// order back, with the time that is left of it.
///
/// # Errors
///
/// See [`LockError`]. A refusal changes nothing.
#[tracing::instrument(name = "order.lock", skip_all, fields(ticket.id = %ticket_id, user.id = %buyer))]
pub async fn lock(
    backend: &Backend,
    buyer: UserId,
    ticket_id: TicketId,
    seen_price: Money,
) -> Result<OrderId, LockError> {
    let mut tx = backend.db.begin().await.map_err(LockError::Database)?;
    let ticket =
        tickets::store::lock_row(&mut tx, ticket_id).await.map_err(LockError::Database)?.ok_or(LockError::NotFound)?;
    let holder = store::holder(&mut tx, ticket_id).await.map_err(LockError::Database)?;
    match decide(&ticket, &holder, buyer, seen_price)? {
        Decision::AlreadyMine(order) => return Ok(order),
        Decision::Free => {}
        Decision::FreeAfterEnding(overdue) => end_overdue(&mut tx, overdue).await.map_err(LockError::Database)?,
    }
    let order = NewOrder {
        id: OrderId::new(),
        ticket_id,
        buyer_id: buyer,
        price: Money::usd(ticket.price_cents),
        ticket_version: ticket.version,
        created_at: holder.now,
        expires_at: holder.now + backend.rules.lock_length,
    };
    store::insert(&mut tx, &order).await.map_err(|error| {
        if database::is_violation_of(&error, store::ONE_HOLDER) {
            // Unreachable while the row lock stands; and if it falls, a clean answer.
            LockError::Locked { until: order.expires_at }
        } else {
            LockError::Database(error)
        }
    })?;
    tx.commit().await.map_err(LockError::Database)?;
    Ok(order.id)
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

/// Puts away an order past its end, and has what was open at Stripe for it closed.
pub(crate) async fn end_overdue(tx: &mut PgConnection, order: OrderId) -> sqlx::Result<()> {
    store::advance(&mut *tx, order, OrderEvent::TimeRanOut).await?;
    if let Some(payment) = payments::store::live_of_order(&mut *tx, order).await? {
        outbox::store::insert(tx, &Job::ReconcilePayment { payment_id: payment.id }, None).await?;
    }
    Ok(())
}

impl From<LockError> for AppError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::NotFound => Code::TicketNotFound.into(),
            LockError::OwnTicket => Code::OwnTicket.into(),
            LockError::Locked { until } => Self::locked_until(until.unix_timestamp() * 1000),
            LockError::Sold => Code::TicketSold.into(),
            LockError::Withdrawn => Code::TicketWithdrawn.into(),
            LockError::Started => Code::EventStarted.into(),
            LockError::PriceChanged { now } => Self::price_changed(now),
            LockError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
