//! Withdrawing tickets.

use model::{ListingId, TicketId, UserId};

use super::{
    change::{self, ChangeError},
    row::ListingRow,
    state::TicketState,
    store,
};
use crate::{Backend, waitlist::offer};

/// Takes one ticket of a listing off sale, or everything that is not sold yet. One ticket can be withdrawn while others
/// are locked, everything only while no ticket is. Returns one of the tickets that are withdrawn now: it names this
/// withdrawal to [`restore`](super::restore::restore).
///
/// # Errors
///
/// Each variant of [`ChangeError`] is one reason.
#[tracing::instrument(name = "ticket.withdraw", skip_all, fields(listing.id = %id, user.id = %seller))]
pub async fn withdraw(
    backend: &Backend,
    seller: UserId,
    id: ListingId,
    ticket: Option<TicketId>,
) -> Result<TicketId, ChangeError> {
    let (mut tx, listing) = change::begin(backend, seller, id).await?;
    match withdrawn(&listing, ticket) {
        Ok(tickets) => {
            store::withdraw(&mut tx, id, &tickets, true).await?;
            offer::offer_free(&mut tx, &backend.rules, id).await?;
            tx.commit().await?;
            tickets.first().copied().ok_or(ChangeError::NotFound)
        }
        Err(refused) => {
            tx.commit().await?;
            Err(refused)
        }
    }
}

/// The tickets to withdraw, or the reason against it.
fn withdrawn(listing: &ListingRow, ticket: Option<TicketId>) -> Result<Vec<TicketId>, ChangeError> {
    if let Some(id) = ticket {
        let ticket = listing.tickets.iter().find(|ticket| ticket.id == id).ok_or(ChangeError::NotFound)?;
        return change::refusal([listing.state(ticket)].into_iter()).map_or(Ok(vec![id]), Err);
    }
    let mut states: Vec<_> = listing.states().collect();
    let rank = |state: &TicketState| match state {
        TicketState::Held { .. } => 0,
        TicketState::OnSale => 1,
        TicketState::Started | TicketState::EventCancelled => 2,
        TicketState::Sold => 3,
        _ => 4,
    };
    states.sort_by_key(rank);
    match change::refusal(states.into_iter().take(1)) {
        Some(refused) => Err(refused),
        None => Ok(listing.free().collect()),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        tickets::{Availability, SplitRule, TicketStatus},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::home::home,
        ids::fresh,
        orders::lock::LockError,
        testing::{self, Listed},
        tickets::show::show,
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn withdraw_takes_ticket_off_sale(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        withdraw(&backend, ana, ticket, None).await.expect("withdraws");
        assert_eq!(show(&backend, None, ticket).await.expect("shows").card.availability, Availability::Withdrawn);
        assert!(home(&backend, None).await.expect("reads").soon.is_empty());
        let refused = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await;
        assert!(matches!(refused, Err(LockError::Withdrawn)), "{refused:?}");
        let again = withdraw(&backend, ana, ticket, None).await;
        assert!(matches!(again, Err(ChangeError::Withdrawn)), "{again:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn withdraw_fails_for_other_users_and_locked_tickets(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        let refused = withdraw(&backend, bob, ticket, None).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let refused = withdraw(&backend, ana, ticket, None).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        let refused = withdraw(&backend, ana, fresh::<ListingId>(), None).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn one_ticket_is_withdrawn_while_others_are_locked(db: PgPool) {
        let Listed { backend, ana, bob, .. } = Listed::new(db).await;
        let listing = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
        testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
        let tickets = async || show(&backend, None, listing).await.expect("shows").tickets;
        let [locked, free, other] = tickets().await[..].iter().map(|ticket| ticket.id).collect::<Vec<_>>()[..] else {
            panic!("three tickets")
        };
        let refused = withdraw(&backend, ana, listing, Some(locked)).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        let refused = withdraw(&backend, ana, listing, None).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        withdraw(&backend, ana, listing, Some(free)).await.expect("withdraws");
        let again = withdraw(&backend, ana, listing, Some(free)).await;
        assert!(matches!(again, Err(ChangeError::Withdrawn)), "{again:?}");
        let refused = withdraw(&backend, ana, listing, Some(fresh())).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
        let statuses: Vec<_> = tickets().await.iter().map(|ticket| ticket.status).collect();
        assert_eq!(statuses, [TicketStatus::Locked, TicketStatus::Withdrawn, TicketStatus::OnSale]);

        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        withdraw(&backend, ana, listing, None).await.expect("withdraws the rest");
        let view = show(&backend, None, listing).await.expect("shows");
        assert_eq!((view.card.availability, view.card.free), (Availability::Withdrawn, 0));
        let refused = withdraw(&backend, ana, listing, Some(other)).await;
        assert!(matches!(refused, Err(ChangeError::Withdrawn)), "{refused:?}");
    }
}
