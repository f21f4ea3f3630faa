//! A buyer's own orders.

use model::{AppError, OrderId, UserId, orders::OrderPage, tickets::PAGE_SIZE};

use super::view_store::{self, Selection};
use crate::{Backend, database};

/// The query that reads the orders failed.
#[derive(Debug, thiserror::Error)]
#[error("the orders were not read")]
pub struct MyOrdersError(#[from] sqlx::Error);

/// One page of a buyer's orders, newest first; `after` is the last order of the previous page.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, buyer: UserId, after: Option<OrderId>) -> Result<OrderPage, MyOrdersError> {
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    // A list shows no timelines.
    let rows = view_store::of_buyer(&backend.db, Selection { buyer, only: None, after, limit, events: 0 }).await?;
    let mut orders: Vec<_> = rows.into_iter().map(|row| row.into_view(&backend.rules)).collect();
    let has_more = orders.len() > PAGE_SIZE;
    orders.truncate(PAGE_SIZE);
    let next = orders.last().filter(|_| has_more).map(|order| order.id);
    Ok(OrderPage { orders, next })
}

impl From<MyOrdersError> for AppError {
    fn from(MyOrdersError(error): MyOrdersError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mine_lists_own_orders_newest_first(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let mut made = Vec::new();
        for _ in 0..21 {
            let ticket = testing::listing(&backend, ana).await;
            made.push(testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks"));
        }
        made.reverse();
        let first = mine(&backend, bob, None).await.expect("reads");
        let second = mine(&backend, bob, first.next).await.expect("reads");
        let seen: Vec<_> = first.orders.iter().chain(&second.orders).map(|order| order.id).collect();
        assert_eq!((seen, first.orders.len(), second.next), (made, PAGE_SIZE, None));
        assert!(mine(&backend, ana, None).await.expect("reads").orders.is_empty());
    }
}
