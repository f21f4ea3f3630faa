//! Withdrawing a listing.

use model::{TicketId, UserId};

use super::{
    change::{self, ChangeError},
    store,
};
use crate::Backend;

/// Takes a ticket off sale for good.
///
/// # Errors
///
/// Each variant of [`ChangeError`] is one reason.
#[tracing::instrument(name = "ticket.withdraw", skip_all, fields(ticket.id = %id, user.id = %seller))]
pub async fn withdraw(backend: &Backend, seller: UserId, id: TicketId) -> Result<(), ChangeError> {
    let mut tx = change::begin(backend, seller, id).await?;
    store::mark_withdrawn(&mut *tx, id).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use model::{Money, tickets::Availability};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::lock::{LockError, lock},
        testing::Listed,
        tickets::{browse::browse, show::show},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn withdraw_takes_ticket_off_sale(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
        withdraw(&backend, ana, ticket).await.expect("withdraws");
        assert_eq!(show(&backend, None, ticket).await.expect("shows").card.availability, Availability::Withdrawn);
        assert!(browse(&backend, None).await.expect("browses").tickets.is_empty());
        let refused = lock(&backend, bob, ticket, Money::usd(4950)).await;
        assert!(matches!(refused, Err(LockError::Withdrawn)), "{refused:?}");
        let again = withdraw(&backend, ana, ticket).await;
        assert!(matches!(again, Err(ChangeError::Withdrawn)), "{again:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn withdraw_fails_for_other_users_and_locked_tickets(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;
        let refused = withdraw(&backend, bob, ticket).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let refused = withdraw(&backend, ana, ticket).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        let refused = withdraw(&backend, ana, fresh::<TicketId>()).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
    }
}
