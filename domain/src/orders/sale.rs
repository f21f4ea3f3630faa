//! The sale of a listing, for its seller.

use model::{AppError, Code, TicketId, UserId, orders::SaleView};

use super::{show::TIMELINE_MAX, view_store, views};
use crate::{Backend, database};

/// Why there is no sale to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowSaleError {
    /// The user sells no such ticket; it does not exist or is another user's.
    #[error("the user sells no such ticket")]
    NotFound,
    /// A query that reads the sale failed.
    #[error("the sale was not read")]
    Database(#[from] sqlx::Error),
}

/// The timeline of the order that pays or has paid for a ticket. Only the ticket's seller may see it, and
/// it does not name the buyer.
///
/// # Errors
///
/// Each variant of [`ShowSaleError`] is one reason.
pub async fn sale(backend: &Backend, seller: UserId, ticket: TicketId) -> Result<SaleView, ShowSaleError> {
    let sale = view_store::sale(&backend.db, seller, ticket).await?;
    let sale = sale.ok_or(ShowSaleError::NotFound)?;
    let lines = match sale.order {
        Some(order) => view_store::timeline(&backend.db, order, TIMELINE_MAX).await?,
        None => Vec::new(),
    };
    Ok(SaleView { title: sale.title, timeline: views::timeline(lines) })
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
        orders::{cancel::cancel, lock::lock},
        testing::Listed,
    };

    async fn lines(backend: &Backend, seller: UserId, ticket: TicketId) -> Vec<OrderEventKind> {
        let sale = sale(backend, seller, ticket).await.expect("the seller may look");
        sale.timeline.iter().map(|entry| entry.what).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sale_shows_the_active_lock(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
        assert!(lines(&backend, ana, ticket).await.is_empty(), "it is not locked");
        let order = lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        assert_eq!(lines(&backend, ana, ticket).await, [OrderEventKind::Locked]);
        cancel(&backend, bob, order).await.expect("cancels");
        assert!(lines(&backend, ana, ticket).await.is_empty(), "it is free again");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sale_fails_for_other_users(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
        lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (reader, ticket) in [(bob, ticket), (ana, fresh::<TicketId>())] {
            let missing = sale(&backend, reader, ticket).await;
            assert!(matches!(missing, Err(ShowSaleError::NotFound)), "{missing:?}");
        }
    }
}
