//! One order, for its buyer.

use model::{AppError, Code, OrderId, UserId, orders::OrderView};

use super::view_store::{self, Selection};
use crate::{Backend, database};

/// Why there is no order to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowOrderError {
    /// The user has no such order; it does not exist or is another user's.
    #[error("the user has no such order")]
    NotFound,
    /// A query that reads the order failed.
    #[error("the order was not read")]
    Database(#[from] sqlx::Error),
}

/// Timeline entries on one page: more than any order has.
pub(crate) const TIMELINE_MAX: i64 = 100;

/// An order with its timeline, for its buyer. For any other user it does not exist.
///
/// # Errors
///
/// Each variant of [`ShowOrderError`] is one reason.
pub async fn show(backend: &Backend, buyer: UserId, id: OrderId) -> Result<OrderView, ShowOrderError> {
    let selection = Selection { only: Some(id), part: None, after: None, ended: 1, others: 1, events: TIMELINE_MAX };
    let rows = view_store::of_buyer(&backend.db, buyer, selection).await?;
    let row = rows.into_iter().next().ok_or(ShowOrderError::NotFound)?;
    Ok(row.into_view(&backend.rules))
}

impl From<ShowOrderError> for AppError {
    fn from(error: ShowOrderError) -> Self {
        match error {
            ShowOrderError::NotFound => Code::OrderNotFound.into(),
            ShowOrderError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        orders::{ListingNow, OrderStatus},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::cancel::cancel,
        testing::{self, Listed},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_returns_lock_and_its_end(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let order = show(&backend, bob, id).await.expect("shows");
        assert_eq!((order.status, order.price, order.listing_now), (OrderStatus::Created, Money::usd(4950), None));
        let left = order.expires_at.unix_ms - order.server_now_ms;
        assert!((890_000..=900_000).contains(&left), "{left} ms are left of 15 minutes");

        // No job has run, and the page still shows the true state.
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let order = show(&backend, bob, id).await.expect("shows");
        assert_eq!((order.status, order.listing_now), (OrderStatus::Expired, Some(ListingNow::Free)));
        assert!(order.is_decided(), "no payment was begun");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn snapshots_are_ordered_by_events_then_clock(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let before = show(&backend, bob, id).await.expect("shows");
        cancel(&backend, bob, id).await.expect("cancels");
        let after = show(&backend, bob, id).await.expect("shows");
        assert!(before.is_older_than(&after) && !after.is_older_than(&before));
        assert!(!after.is_older_than(&after));

        // The clocks of two servers may differ, but the events of an order have one order. Without a new
        // event, the clock decides.
        let ahead = OrderView { server_now_ms: after.server_now_ms + 60_000, ..before.clone() };
        assert!(ahead.is_older_than(&after) && !after.is_older_than(&ahead));
        assert!(before.is_older_than(&ahead) && !ahead.is_older_than(&before));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_fails_for_other_users(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (reader, id) in [(ana, id), (bob, fresh::<OrderId>())] {
            let missing = show(&backend, reader, id).await;
            assert!(matches!(missing, Err(ShowOrderError::NotFound)), "{missing:?}");
        }
    }
}
