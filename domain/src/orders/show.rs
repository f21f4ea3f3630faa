//! One order.

use model::{AppError, Code, OrderId, UserId, orders::OrderView};

use super::{view_store, views};
use crate::{Backend, database};

/// Why there is no order to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowOrderError {
    /// No such order, or another's.
    #[error("the user has no such order")]
    NotFound,
    /// The database.
    #[error("the order was not read")]
    Database(#[from] sqlx::Error),
}

/// Lines of a timeline on one page: more than any order comes to.
pub(crate) const TIMELINE_MAX: i64 = 100;

/// An order as its buyer sees it, with what happened. For anybody else there is none.
///
/// # Errors
///
/// See [`ShowOrderError`].
pub async fn show(backend: &Backend, buyer: UserId, id: OrderId) -> Result<OrderView, ShowOrderError> {
    let rows = view_store::of_buyer(&backend.db, buyer, Some(id), None, 1).await?;
    let row = rows.into_iter().next().ok_or(ShowOrderError::NotFound)?;
    let lines = view_store::timeline(&backend.db, id, TIMELINE_MAX).await?;
    Ok(OrderView { timeline: views::timeline(lines), ..row.into_view(&backend.rules) })
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
        orders::{OrderStatus, TicketNow},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::{cancel::cancel, lock::lock},
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn shows_the_lock_and_its_end(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");
        let order = show(&backend, bob, id).await.expect("shows");
        assert_eq!((order.status, order.price, order.ticket_now), (OrderStatus::Created, Money::usd(4950), None));
        let left = order.expires_at.unix_ms - order.server_now_ms;
        assert!((890_000..=900_000).contains(&left), "{left} ms are left of 15 minutes");

        // No job has run, and yet the page tells the truth.
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let order = show(&backend, bob, id).await.expect("shows");
        assert_eq!((order.status, order.ticket_now), (OrderStatus::Expired, Some(TicketNow::Free)));
        assert!(order.is_decided(), "nobody has begun to pay");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn what_happened_tells_older_answers_from_newer(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");
        let before = show(&backend, bob, id).await.expect("shows");
        cancel(&backend, bob, id).await.expect("cancels");
        let after = show(&backend, bob, id).await.expect("shows");
        assert!(before.is_older_than(&after) && !after.is_older_than(&before));
        assert!(!after.is_older_than(&after));

        // Clocks of two servers may differ; what happened has one order. Where nothing did, the clock tells.
        let ahead = OrderView { server_now_ms: after.server_now_ms + 60_000, ..before.clone() };
        assert!(ahead.is_older_than(&after) && !after.is_older_than(&ahead));
        assert!(before.is_older_than(&ahead) && !ahead.is_older_than(&before));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn anothers_order_does_not_exist(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = lock(&backend, bob, testing::ticket(&backend, ana).await, Money::usd(4950)).await.expect("locks");
        for (reader, id) in [(ana, id), (bob, fresh::<OrderId>())] {
            let missing = show(&backend, reader, id).await;
            assert!(matches!(missing, Err(ShowOrderError::NotFound)), "{missing:?}");
        }
    }
}
