//! One ticket.

use model::{AppError, Code, TicketId, UserId, tickets::TicketView};

use super::store;
use crate::{Backend, database};

/// Why there is no ticket to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowTicketError {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// A query that reads the ticket failed.
    #[error("the ticket was not read")]
    Database(#[from] sqlx::Error),
}

/// A ticket for `reader`; it is public.
///
/// # Errors
///
/// Each variant of [`ShowTicketError`] is one reason.
pub async fn show(backend: &Backend, reader: Option<UserId>, id: TicketId) -> Result<TicketView, ShowTicketError> {
    let row = store::find(&backend.db, id).await?.ok_or(ShowTicketError::NotFound)?;
    // The reader's position is read only if the ticket has a waitlist.
    let my_position = match reader {
        Some(reader) if row.waitlist_length > 0 => store::position(&backend.db, id, reader).await?,
        _ => None,
    };
    Ok(TicketView {
        section: row.section.clone(),
        row: row.seat_row.clone(),
        seat: row.seat.clone(),
        version: row.version,
        is_mine: reader == Some(row.seller_id),
        my_order: reader.and_then(|reader| row.order_of(reader)),
        waitlist: row.waitlist(my_position),
        card: row.into_card(&backend.rules),
    })
}

impl From<ShowTicketError> for AppError {
    fn from(error: ShowTicketError) -> Self {
        match error {
            ShowTicketError::NotFound => Code::TicketNotFound.into(),
            ShowTicketError::Database(error) => database::public_code(&error).into(),
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
        orders::lock::lock,
        testing::{self, Listed, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_gives_holder_their_order_and_others_the_lock(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
        let order = lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
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
        let missing = show(&backend, None, fresh::<TicketId>()).await;
        assert!(matches!(missing, Err(ShowTicketError::NotFound)), "{missing:?}");
    }
}
