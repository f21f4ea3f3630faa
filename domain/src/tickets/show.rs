//! One listing.

use model::{AppError, Code, ListingId, UserId, tickets::ListingView};

use super::store;
use crate::{Backend, database};

/// Why there is no listing to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowListingError {
    /// There is no such listing.
    #[error("there is no such listing")]
    NotFound,
    /// A query that reads the listing failed.
    #[error("the listing was not read")]
    Database(#[from] sqlx::Error),
}

/// A listing for `reader`; it is public.
///
/// # Errors
///
/// Each variant of [`ShowListingError`] is one reason.
pub async fn show(backend: &Backend, reader: Option<UserId>, id: ListingId) -> Result<ListingView, ShowListingError> {
    let row = store::find(&backend.db, id, reader).await?.ok_or(ShowListingError::NotFound)?;
    Ok(row.view(&backend.rules, reader))
}

impl From<ShowListingError> for AppError {
    fn from(error: ShowListingError) -> Self {
        match error {
            ShowListingError::NotFound => Code::TicketNotFound.into(),
            ShowListingError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Money, tickets::Availability};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        testing::{self, Listed, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_gives_holder_their_order_and_others_the_lock(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (reader, mine) in [(Some(bob), Some(order)), (Some(ana), None), (None, None)] {
            let view = show(&backend, reader, ticket).await.expect("shows");
            assert!(matches!(view.card.availability, Availability::LockedUntil(_)), "{view:?}");
            assert_eq!(view.my_order, mine);
        }
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let view = show(&backend, Some(bob), ticket).await.expect("shows");
        assert_eq!((view.card.availability, view.my_order), (Availability::OnSale, None));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_fails_for_unknown_ticket(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let missing = show(&backend, None, fresh::<ListingId>()).await;
        assert!(matches!(missing, Err(ShowListingError::NotFound)), "{missing:?}");
    }
}
