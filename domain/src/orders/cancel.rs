//! Cancelling an order: the buyer gives the locked tickets back.

use model::{AppError, Code, OrderId, UserId};

use super::{Transition, store};
use crate::{
    Backend, database,
    outbox::{self, Job},
    payments::{self, PaymentStatus},
    tickets,
    waitlist::offer::offer_free,
};

/// Why the order was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The user has no such order; it does not exist or is another user's.
    #[error("the user has no such order")]
    NotFound,
    /// The order has ended, or its lock has expired.
    #[error("the order has ended")]
    Ended,
    /// The payment is being captured.
    #[error("the payment is being captured")]
    PaymentInProgress,
    /// A query that reads or cancels the order failed.
    #[error("the order was not cancelled")]
    Database(#[from] sqlx::Error),
}

/// Cancels a buyer's own order: its tickets are offered to the waitlist at once, or are free. A
/// job closes what is open at Stripe. Nothing has been captured, so no money has moved, and an
/// authorisation that still arrives is voided.
///
/// # Errors
///
/// Each variant of [`CancelError`] is one reason.
#[tracing::instrument(name = "order.cancel", skip_all, fields(order.id = %id, user.id = %buyer))]
pub async fn cancel(backend: &Backend, buyer: UserId, id: OrderId) -> Result<(), CancelError> {
    if let Some(listing) = store::cancel_unawaited(&backend.db, id, buyer).await? {
        backend.changes.mark(listing);
        return Ok(());
    }
    cancel_under_row_lock(backend, buyer, id).await
}

/// The same in a transaction, for an order with a payment or a waitlist, and to tell why it cannot be cancelled.
async fn cancel_under_row_lock(backend: &Backend, buyer: UserId, id: OrderId) -> Result<(), CancelError> {
    let mut tx = backend.begin().await?;
    let order = store::find(&mut *tx, id).await?;
    let order = order.filter(|order| order.buyer_id == buyer).ok_or(CancelError::NotFound)?;
    tickets::store::lock(&mut tx, order.listing_id).await?.ok_or(CancelError::NotFound)?;
    // The order is read again under its own row lock: a payment may be starting at this moment.
    let order = store::lock_row(&mut tx, id).await?.ok_or(CancelError::NotFound)?;
    if !order.is_live() {
        return Err(CancelError::Ended);
    }
    if let Some(payment) = payments::store::live_of_order(&mut *tx, id).await? {
        if payment.status == PaymentStatus::Capturing {
            return Err(CancelError::PaymentInProgress);
        }
        let job = Job::ReconcilePayment { payment_id: payment.id };
        outbox::write(&mut tx, &job, None).await?;
    }
    store::advance(&mut tx, id, Transition::Cancelled).await?;
    offer_free(&mut tx, &backend.rules, order.listing_id).await?;
    tx.mark(order.listing_id);
    Ok(tx.commit().await?)
}

impl From<CancelError> for AppError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Code::OrderNotFound.into(),
            CancelError::Ended => Code::OrderEnded.into(),
            CancelError::PaymentInProgress => Code::PaymentInProgress.into(),
            CancelError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money, TicketId,
        orders::{LockAgain, OrderStatus},
        tickets::{Availability, LockInput, SplitRule},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::{
            lock::{LockError, lock},
            show::show,
        },
        testing::{self, Listed},
        tickets::{edit::edit, show::show as show_ticket},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn cancel_frees_ticket_at_once(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        cancel(&backend, bob, id).await.expect("cancels");
        assert_eq!(show(&backend, bob, id).await.expect("shows").status, OrderStatus::Cancelled);
        assert_eq!(show_ticket(&backend, None, ticket).await.expect("shows").card.availability, Availability::OnSale);
        let again = cancel(&backend, bob, id).await;
        assert!(matches!(again, Err(CancelError::Ended)), "{again:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn ended_order_says_how_to_lock_its_tickets_again(db: PgPool) {
        let Listed { backend, ana, bob, .. } = Listed::new(db).await;
        let eve = testing::user(&backend.db, "eve").await;
        let listing = testing::listing_of(&backend, ana, 4, SplitRule::Any).await;
        let seats: Vec<_> =
            show_ticket(&backend, None, listing).await.expect("shows").tickets.iter().map(|it| it.id).collect();
        let price_cents = 4950;
        let some =
            |tickets: &[TicketId]| LockInput { listing, version: 1, price_cents, count: 2, tickets: tickets.into() };
        let again = async |order| show(&backend, bob, order).await.expect("shows").again;
        let request = |again: LockAgain| LockInput { version: again.version, ..some(&again.tickets) };

        let order = lock(&backend, bob, &some(&seats[2..])).await.expect("locks");
        assert_eq!(again(order).await, None, "it is open");
        cancel(&backend, bob, order).await.expect("cancels");
        let offered = again(order).await.expect("can be locked again");
        assert_eq!((&offered.tickets[..], offered.price), (&seats[2..], Money::usd(price_cents)));
        let second = lock(&backend, bob, &request(offered)).await.expect("locks the same seats");
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        assert_eq!(again(second).await.expect("can be locked after its end").tickets, seats[2..]);

        // One of the seats is another user's: as many others are free.
        let other = lock(&backend, eve, &some(&seats[3..])).await.expect("locks");
        let offered = again(second).await.expect("others are free");
        assert!(offered.tickets.is_empty());
        // Another user has wanted the tickets, so there is a cool-down.
        let refused = lock(&backend, bob, &request(offered.clone())).await;
        assert!(matches!(refused, Err(LockError::CoolDown { .. })), "{refused:?}");
        testing::let_time_pass(&backend.db, backend.rules.lock_cooldown).await;
        let third = lock(&backend, bob, &request(offered)).await.expect("locks two others");
        for (who, order) in [(bob, third), (eve, other)] {
            cancel(&backend, who, order).await.expect("cancels");
        }
        edit(&backend, ana, listing, 1, &testing::listing_input()).await.expect("edits");
        assert_eq!(again(third).await, None, "the listing is not what they saw");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn cancel_fails_for_other_users_and_ended_orders(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (who, order) in [(ana, id), (bob, fresh::<OrderId>())] {
            let refused = cancel(&backend, who, order).await;
            assert!(matches!(refused, Err(CancelError::NotFound)), "{refused:?}");
        }
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let refused = cancel(&backend, bob, id).await;
        assert!(matches!(refused, Err(CancelError::Ended)), "{refused:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn advance_fails_when_no_row_changes(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        let id = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        store::advance(&backend.db, id, Transition::Cancelled).await.expect("moves");
        let again = store::advance(&backend.db, id, Transition::Cancelled).await;
        assert!(matches!(again, Err(sqlx::Error::RowNotFound)), "{again:?}");
        assert!(!store::try_advance(&backend.db, id, Transition::Cancelled).await.expect("polls"));
    }
}
