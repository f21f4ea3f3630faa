//! Taking a listing back.

use super::{
    change::{ChangeError, may_change},
    store,
};
use crate::{Backend, TicketId, UserId, line::pass_on};

/// Takes a ticket off sale for good.
///
/// # Errors
///
/// See [`ChangeError`].
#[tracing::instrument(name = "ticket.withdraw", skip_all, fields(ticket.id = %id, user.id = %seller))]
pub async fn withdraw(backend: &Backend, seller: UserId, id: TicketId) -> Result<(), ChangeError> {
    let mut tx = backend.db.begin().await.map_err(ChangeError::Database)?;
    let ticket = store::lock_row(&mut tx, id).await.map_err(ChangeError::Database)?.ok_or(ChangeError::NotFound)?;
    let holder = pass_on::settle(&mut tx, &backend.rules, &ticket).await.map_err(ChangeError::Database)?;
    if let Err(refused) = may_change(&ticket, &holder, seller) {
        // The ticket may have been passed on just now.
        tx.commit().await.map_err(ChangeError::Database)?;
        return Err(refused);
    }
    store::mark_withdrawn(&mut *tx, id).await.map_err(ChangeError::Database)?;
    tx.commit().await.map_err(ChangeError::Database)?;
    backend.changes.note(id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        Money,
        orders::lock::{LockError, lock},
        testing::{self, TestBackend},
        tickets::{Availability, browse::browse, show::show},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn takes_it_off_sale(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = testing::ticket(&backend, ana).await;
        withdraw(&backend, ana, id).await.expect("withdraws");
        assert_eq!(show(&backend, None, id).await.expect("shows").card.availability, Availability::Withdrawn);
        assert!(browse(&backend, None).await.expect("browses").tickets.is_empty());
        let refused = lock(&backend, bob, id, Money::usd(4950)).await;
        assert!(matches!(refused, Err(LockError::Withdrawn)), "{refused:?}");
        let again = withdraw(&backend, ana, id).await;
        assert!(matches!(again, Err(ChangeError::Withdrawn)), "{again:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn refuses_others_and_locked_tickets(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let id = testing::ticket(&backend, ana).await;
        let refused = withdraw(&backend, bob, id).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        lock(&backend, bob, id, Money::usd(4950)).await.expect("locks");
        let refused = withdraw(&backend, ana, id).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        let refused = withdraw(&backend, ana, TicketId::new()).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
    }
}
