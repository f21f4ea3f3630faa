//! The sales of a listing, for its seller.

use model::{AppError, Code, ListingId, UserId, orders::SaleView};

use super::{show::TIMELINE_MAX, view_store, views};
use crate::{Backend, database};

/// Why there is no sale to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowSaleError {
    /// The user has no such listing; it does not exist or is another user's.
    #[error("the user has no such listing")]
    NotFound,
    /// A query that reads the sale failed.
    #[error("the sale was not read")]
    Database(#[from] sqlx::Error),
}

/// The most orders of one listing that its seller sees: as many as it has tickets.
const SALES_MAX: i64 = 100;

/// The orders that hold or have bought tickets of a listing, with their timelines. Only the seller may see them, and
/// they do not name the buyer.
///
/// # Errors
///
/// Each variant of [`ShowSaleError`] is one reason.
pub async fn sale(backend: &Backend, seller: UserId, listing: ListingId) -> Result<SaleView, ShowSaleError> {
    let rows = view_store::sales(&backend.db, seller, listing, SALES_MAX, TIMELINE_MAX).await?;
    let title = rows.first().map(|row| row.title.clone()).ok_or(ShowSaleError::NotFound)?;
    let sales = rows.into_iter().filter_map(|row| row.sold).map(|sold| views::sale(sold.0)).collect();
    Ok(SaleView { title, sales })
}

impl From<ShowSaleError> for AppError {
    fn from(error: ShowSaleError) -> Self {
        match error {
            ShowSaleError::NotFound => Code::TicketNotFound.into(),
            ShowSaleError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Money, orders::OrderEventKind};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::cancel::cancel,
        testing::{self, Listed},
    };

    async fn lines(backend: &Backend, seller: UserId, listing: ListingId) -> Vec<OrderEventKind> {
        let view = sale(backend, seller, listing).await.expect("the seller may look");
        view.sales.iter().flat_map(|sale| &sale.timeline).map(|entry| entry.what).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sale_shows_the_active_lock(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        assert!(lines(&backend, ana, ticket).await.is_empty(), "it is not locked");
        let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        assert_eq!(lines(&backend, ana, ticket).await, [OrderEventKind::Locked]);
        cancel(&backend, bob, order).await.expect("cancels");
        assert!(lines(&backend, ana, ticket).await.is_empty(), "it is free again");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sale_fails_for_other_users(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (reader, ticket) in [(bob, ticket), (ana, fresh::<ListingId>())] {
            let missing = sale(&backend, reader, ticket).await;
            assert!(matches!(missing, Err(ShowSaleError::NotFound)), "{missing:?}");
        }
    }
}
