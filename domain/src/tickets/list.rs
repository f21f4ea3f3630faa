//! Listing a ticket.

use model::{AppError, Code, TicketId, UserId, tickets::ListingInput};

use super::{listing::Listing, store};
use crate::{Backend, database, ids::fresh};

/// Why the ticket was not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A field of the form is missing or out of bounds.
    #[error("the listing is not valid")]
    Invalid(AppError),
    /// The account was deleted a moment ago.
    #[error("the seller has no account")]
    NoAccount,
    /// A query that stores the listing failed.
    #[error("the listing was not stored")]
    Database(#[from] sqlx::Error),
}

/// Lists a ticket: any user except its seller can buy it.
///
/// # Errors
///
/// Each variant of [`ListError`] is one reason.
#[tracing::instrument(name = "ticket.list", skip_all, fields(user.id = %seller))]
pub async fn list(backend: &Backend, seller: UserId, input: &ListingInput) -> Result<TicketId, ListError> {
    let now = database::clock(&backend.db).await?;
    let listing = Listing::parse(input, now).map_err(ListError::Invalid)?;
    let id = fresh::<TicketId>();
    let is_listed = store::insert(&backend.db, id, seller, &listing).await?;
    if is_listed { Ok(id) } else { Err(ListError::NoAccount) }
}

impl From<ListError> for AppError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Invalid(problems) => problems,
            ListError::NoAccount => Code::NotSignedIn.into(),
            ListError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        tickets::{Availability, Category},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, TestBackend},
        tickets::show::show,
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn listed_ticket_is_shown(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let id = list(&backend, ana, &testing::listing_input()).await.expect("lists");
        let view = show(&backend, Some(ana), id).await.expect("shows");
        assert_eq!(view.card.title, "Sigur Rós");
        assert_eq!(view.card.category, Category::Concert);
        assert_eq!(view.card.price, Money::usd(4950));
        assert_eq!(view.card.place, "Section\u{a0}A · Row\u{a0}3 · Seat\u{a0}12");
        assert_eq!(view.card.availability, Availability::OnSale);
        assert!(view.card.starts.text.contains(", 20:00 CE"), "{:?}", view.card.starts);
        assert_eq!((view.version, view.is_mine, view.my_order), (1, true, None));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn list_fails_when_a_field_is_wrong(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let input =
            ListingInput { starts_at: "2020-01-01T20:00".into(), price: "0.49".into(), ..testing::listing_input() };
        let refused = list(&backend, ana, &input).await;
        assert!(matches!(&refused, Err(ListError::Invalid(problems)) if problems.errors().len() == 2), "{refused:?}");
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM tickets").await, 0);
    }
}
