//! Returning tickets: within minutes of the purchase, while they are unopened, the buyer gives them back for all of the
//! money. They go to the waitlist, or on sale again.

use model::{AppError, Code, OrderId, UserId};
use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use super::{
    return_store::{self, Facts},
    store,
};
use crate::{Backend, database, payments::call_off::call_off, tickets, waitlist::offer::offer_free};

/// How long after the purchase tickets can be returned.
pub const RETURN_WITHIN: Duration = Duration::minutes(30);
/// How long before the event they cannot be returned any more: the seller has to find another buyer.
pub const RETURN_BEFORE: Duration = Duration::hours(48);
/// How many orders one buyer can return in [`RETURNS_OVER`]: of each, Stripe keeps its fee, and its tickets were on sale
/// to no one meanwhile.
const RETURNS_MAX: i64 = 3;
/// The time over which returns are counted.
const RETURNS_OVER: Duration = Duration::days(30);

/// Until when an order with these facts can be returned. None if it cannot be.
fn until(facts: &Facts) -> Option<OffsetDateTime> {
    let until = (facts.bought_at + RETURN_WITHIN).min(facts.starts_at - RETURN_BEFORE);
    let can = facts.is_complete && !facts.is_bound && facts.returns < RETURNS_MAX && facts.now < until;
    can.then_some(until)
}

/// Until when a buyer's own order can be returned. None if it cannot be.
pub(crate) async fn returnable_until(
    db: impl PgExecutor<'_>,
    buyer: UserId,
    order: OrderId,
) -> sqlx::Result<Option<OffsetDateTime>> {
    Ok(return_store::facts(db, buyer, order, RETURNS_OVER).await?.as_ref().and_then(until))
}

/// Why an order was not returned.
#[derive(Debug, thiserror::Error)]
pub enum ReturnError {
    /// The user has no such order; it does not exist or is another user's.
    #[error("the user has no such order")]
    NotFound,
    /// It is too late, the tickets are opened or given away, or the buyer has returned too many.
    #[error("the order cannot be returned")]
    NotReturnable,
    /// A query failed.
    #[error("the order was not returned")]
    Database(#[from] sqlx::Error),
}

/// Returns all tickets of a buyer's own order: they are offered to the waitlist at once, or are on sale again, and the
/// refund of all of the money begins. A sweep asks Stripe for it.
///
/// # Errors
///
/// Each variant of [`ReturnError`] is one reason. Then nothing has changed.
#[tracing::instrument(name = "order.return", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn return_tickets(backend: &Backend, buyer: UserId, order: OrderId) -> Result<(), ReturnError> {
    let mut tx = backend.begin().await?;
    // Opening, handing in and giving take the same lock, or the order's.
    let listing = tickets::store::lock_of(&mut tx, order).await?.ok_or(ReturnError::NotFound)?;
    store::lock_row(&mut tx, order).await?.filter(|row| row.buyer_id == buyer).ok_or(ReturnError::NotFound)?;
    if returnable_until(&mut *tx, buyer, order).await?.is_none() {
        return Err(ReturnError::NotReturnable);
    }
    call_off(&mut tx, order).await?;
    return_store::take_back(&mut tx, order).await?;
    offer_free(&mut tx, &backend.rules, listing.id).await?;
    tx.mark(listing.id);
    tx.commit().await?;
    tracing::info!(order.id = %order, "an order was returned");
    Ok(())
}

impl From<ReturnError> for AppError {
    fn from(error: ReturnError) -> Self {
        match error {
            ReturnError::NotFound => Code::OrderNotFound.into(),
            ReturnError::NotReturnable => Code::NotReturnable.into(),
            ReturnError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn tickets_are_returned_soon_after_the_purchase_and_long_before_the_event() {
        let bought_at = datetime!(2026-07-01 12:00 UTC);
        let facts = |after: Duration, before_event: Duration| Facts {
            is_complete: true,
            is_bound: false,
            bought_at,
            starts_at: bought_at + before_event,
            returns: 0,
            now: bought_at + after,
        };
        let week = Duration::days(7);
        assert_eq!(until(&facts(Duration::ZERO, week)), Some(bought_at + Duration::minutes(30)));
        assert_eq!(until(&facts(Duration::seconds(1799), week)), Some(bought_at + Duration::minutes(30)));
        assert_eq!(until(&facts(Duration::seconds(1800), week)), None);
        let almost = Duration::hours(48) + Duration::minutes(10);
        assert_eq!(until(&facts(Duration::minutes(9), almost)), Some(bought_at + Duration::minutes(10)));
        assert_eq!(until(&facts(Duration::minutes(10), almost)), None);
        assert_eq!(until(&facts(Duration::ZERO, Duration::hours(48))), None);
        let base = facts(Duration::ZERO, week);
        for refused in
            [Facts { is_complete: false, ..base }, Facts { is_bound: true, ..base }, Facts { returns: 3, ..base }]
        {
            assert_eq!(until(&refused), None, "{refused:?}");
        }
        assert!(until(&Facts { returns: 2, ..base }).is_some());
    }
}
