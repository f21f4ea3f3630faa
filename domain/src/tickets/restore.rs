//! Putting withdrawn tickets back on sale.

use model::{ListingId, TicketId, UserId};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    bounds,
    change::{self, ChangeError},
    row::ListingRow,
    state::{TicketRow, TicketState},
    store,
};
use crate::{Backend, delivery::twin_store, waitlist::offer};

/// How long after a withdrawal its seller can undo it. `Code::RestoreTooLate` says it in words.
pub const RESTORE_WITHIN: Duration = Duration::minutes(10);

/// What is back on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// One ticket of several.
    Ticket,
    /// All that was withdrawn together.
    Listing,
}

/// Puts back on sale what one withdrawal took off: `ticket`, and the tickets that were withdrawn together with it. The
/// waitlist goes first, as with any ticket that becomes free; one that the withdrawal ended does not come back.
///
/// A ticket that is on sale already stays so, and that is no error: the seller has sent the form twice.
///
/// # Errors
///
/// Each variant of [`ChangeError`] is one reason.
#[tracing::instrument(name = "ticket.restore", skip_all, fields(listing.id = %id, user.id = %seller))]
pub async fn restore(
    backend: &Backend,
    seller: UserId,
    id: ListingId,
    ticket: TicketId,
) -> Result<Restored, ChangeError> {
    let (mut tx, listing) = change::begin(backend, seller, id).await?;
    match withdrawn_with(&listing, ticket) {
        Ok(tickets) if is_elsewhere(&mut tx, &listing, &tickets).await? => {
            tx.commit().await?;
            Err(ChangeError::Elsewhere)
        }
        Ok(tickets) => {
            // A listing that is on sale in part counts already. Without the lock of the account, which would have to be taken
            // with those of the buyers on the waitlist: two windows may restore one too many.
            let is_on_sale = tickets.is_empty() || listing.tickets.iter().any(TicketRow::is_listed);
            if !is_on_sale && let Some(limit) = bounds::reached(&mut tx, &backend.rules, seller).await? {
                tx.commit().await?;
                return Err(ChangeError::TooManyListings { limit });
            }
            store::restore(&mut tx, id, &tickets).await?;
            offer::offer_free(&mut tx, &backend.rules, id).await?;
            tx.commit().await?;
            let is_one_of_several = tickets.len() == 1 && listing.tickets.len() > 1;
            Ok(if is_one_of_several { Restored::Ticket } else { Restored::Listing })
        }
        Err(refused) => {
            tx.commit().await?;
            Err(refused)
        }
    }
}

/// Whether a code or a file of these tickets is on sale elsewhere since they were withdrawn.
async fn is_elsewhere(tx: &mut PgConnection, listing: &ListingRow, tickets: &[TicketId]) -> sqlx::Result<bool> {
    let hashes = twin_store::hashes(&mut *tx, tickets).await?;
    let elsewhere = twin_store::elsewhere(tx, listing.event_id, listing.seller_id, &hashes, tickets).await?;
    twin_store::note_refused(tx, listing.id, &elsewhere).await?;
    Ok(!elsewhere.is_empty())
}

/// The tickets to restore: none if they are on sale. Or the reason against it.
fn withdrawn_with(listing: &ListingRow, id: TicketId) -> Result<Vec<TicketId>, ChangeError> {
    let ticket = listing.tickets.iter().find(|ticket| ticket.id == id).ok_or(ChangeError::NotFound)?;
    match listing.state(ticket) {
        TicketState::Withdrawn => {
            let at = listing.restorable(ticket)?;
            let together = listing.tickets.iter().filter(|ticket| ticket.withdrawn_at() == Some(at));
            Ok(together.map(|ticket| ticket.id).collect())
        }
        TicketState::Sold => Err(ChangeError::Sold),
        TicketState::Started => Err(ChangeError::Started),
        TicketState::EventCancelled => Err(ChangeError::EventCancelled),
        _ => Ok(Vec::new()),
    }
}

impl ListingRow {
    /// When the withdrawal was that took a withdrawn ticket off sale, or why it cannot be undone.
    pub(super) fn restorable(&self, ticket: &TicketRow) -> Result<OffsetDateTime, ChangeError> {
        let at = ticket.withdrawn_at().ok_or(ChangeError::Final)?;
        if self.is_cancelled {
            Err(ChangeError::EventCancelled)
        } else if self.starts_at <= self.now {
            Err(ChangeError::Started)
        } else if at + RESTORE_WITHIN <= self.now {
            Err(ChangeError::TooLate)
        } else {
            Ok(at)
        }
    }

    /// The withdrawals that can be undone, oldest first.
    pub(super) fn restorable_withdrawals(&self) -> Vec<OffsetDateTime> {
        let mut at: Vec<_> = self.tickets.iter().filter_map(|ticket| self.restorable(ticket).ok()).collect();
        at.sort_unstable();
        at.dedup();
        at
    }
}

#[cfg(test)]
mod tests {
    use model::{
        AppError, Code, Money,
        tickets::{Availability, ListingInput, ListingView, SplitRule, TicketStatus},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::home::home,
        ids::fresh,
        testing::{self, Listed},
        tickets::{edit::edit, show::show, withdraw::withdraw},
        waitlist::join::join,
    };

    const PRICE: Money = Money::usd(4950);

    async fn seen(backend: &Backend, listing: ListingId) -> ListingView {
        show(backend, None, listing).await.expect("shows")
    }

    async fn tickets(backend: &Backend, listing: ListingId) -> Vec<TicketId> {
        seen(backend, listing).await.tickets.iter().map(|ticket| ticket.id).collect()
    }

    async fn statuses(backend: &Backend, listing: ListingId) -> String {
        TicketStatus::letters(seen(backend, listing).await.tickets.iter().map(|ticket| ticket.status))
    }

    fn code(refused: Result<Restored, ChangeError>) -> Option<Code> {
        refused.err().map(|error| AppError::from(error).code())
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restored_ticket_can_be_bought(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let ticket = withdraw(&backend, ana, listing, None).await.expect("withdraws");
        assert_eq!(restore(&backend, ana, listing, ticket).await.expect("restores"), Restored::Listing);
        assert_eq!(seen(&backend, listing).await.card.availability, Availability::OnSale);
        assert_eq!(home(&backend, None).await.expect("reads").soon.len(), 1);
        restore(&backend, ana, listing, ticket).await.expect("changes nothing the second time");
        testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
        restore(&backend, ana, listing, ticket).await.expect("changes nothing while a buyer has it");
        assert_eq!(statuses(&backend, listing).await, "l");
        testing::set_ticket_status(&backend.db, listing, "sold").await;
        assert_eq!(code(restore(&backend, ana, listing, ticket).await), Some(Code::TicketSold));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restore_brings_back_one_withdrawal(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let listing = testing::listing_of(&backend, ana, 4, SplitRule::Any).await;
        let ids = tickets(&backend, listing).await;
        withdraw(&backend, ana, listing, Some(ids[0])).await.expect("withdraws one");
        withdraw(&backend, ana, listing, Some(ids[2])).await.expect("withdraws another");
        let rest = withdraw(&backend, ana, listing, None).await.expect("withdraws the rest");
        assert!([ids[1], ids[3]].contains(&rest));
        assert_eq!(restore(&backend, ana, listing, rest).await.expect("restores"), Restored::Listing);
        assert_eq!(statuses(&backend, listing).await, "wowo");
        restore(&backend, ana, listing, rest).await.expect("changes nothing the second time");
        assert_eq!(statuses(&backend, listing).await, "wowo");
        assert_eq!(restore(&backend, ana, listing, ids[2]).await.expect("restores"), Restored::Ticket);
        assert_eq!(statuses(&backend, listing).await, "wooo");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_makes_withdrawals_final(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let listing = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
        let ids = tickets(&backend, listing).await;
        withdraw(&backend, ana, listing, Some(ids[0])).await.expect("withdraws");
        // Seat 1 is in the form again, as a new ticket, and seat 3 is not.
        let input = ListingInput { seat: "1-2".into(), ..testing::listing_input() };
        edit(&backend, ana, listing, 1, &input).await.expect("edits");
        let smaller = ListingInput { seat: "1".into(), ..testing::listing_input() };
        edit(&backend, ana, listing, 2, &smaller).await.expect("edits");
        for ticket in tickets(&backend, listing).await {
            let view = seen(&backend, listing).await;
            let status = view.tickets.iter().find(|seen| seen.id == ticket).expect("the ticket").status;
            let expected = (status == TicketStatus::Withdrawn).then_some(Code::NotRestorable);
            assert_eq!(code(restore(&backend, ana, listing, ticket).await), expected);
        }
        assert_eq!(seen(&backend, listing).await.card.free, 1);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restore_fails_when_too_late(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let ticket = withdraw(&backend, ana, listing, None).await.expect("withdraws");
        testing::let_time_pass(&backend.db, std::time::Duration::from_secs(9 * 60 + 30)).await;
        restore(&backend, ana, listing, ticket).await.expect("restores in time");
        let ticket = withdraw(&backend, ana, listing, None).await.expect("withdraws");
        testing::let_time_pass(&backend.db, RESTORE_WITHIN.unsigned_abs()).await;
        assert_eq!(code(restore(&backend, ana, listing, ticket).await), Some(Code::RestoreTooLate));
        assert_eq!(statuses(&backend, listing).await, "w");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restore_fails_for_other_users_and_started_events(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let ticket = withdraw(&backend, ana, listing, None).await.expect("withdraws");
        assert_eq!(code(restore(&backend, bob, listing, ticket).await), Some(Code::NotYourTicket));
        assert_eq!(code(restore(&backend, ana, fresh(), ticket).await), Some(Code::TicketNotFound));
        assert_eq!(code(restore(&backend, ana, listing, fresh()).await), Some(Code::TicketNotFound));
        let other = testing::listing(&backend, ana).await;
        assert_eq!(code(restore(&backend, ana, other, ticket).await), Some(Code::TicketNotFound));
        // Withdrawn a moment ago, and started.
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        sqlx::query("UPDATE tickets SET withdrawn_at = now() WHERE listing_id = $1")
            .bind(listing.as_uuid())
            .execute(&backend.db)
            .await
            .expect("a withdrawal");
        assert_eq!(code(restore(&backend, ana, listing, ticket).await), Some(Code::EventStarted));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restored_ticket_goes_to_the_waitlist(db: PgPool) {
        let Listed { backend, ana, bob, .. } = Listed::new(db).await;
        let eve = testing::user(&backend.db, "eve").await;
        let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
        let ids = tickets(&backend, listing).await;
        withdraw(&backend, ana, listing, Some(ids[1])).await.expect("withdraws");
        testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
        join(&backend, eve, listing, 1).await.expect("joins");
        restore(&backend, ana, listing, ids[1]).await.expect("restores");
        let view = show(&backend, Some(eve), listing).await.expect("shows");
        assert!(view.my_order.is_some(), "{view:?}");
        assert_eq!((view.waitlist.length, statuses(&backend, listing).await.as_str()), (0, "ll"));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn split_rule_counts_restored_tickets(db: PgPool) {
        let Listed { backend, ana, bob, .. } = Listed::new(db).await;
        let listing = testing::listing_of(&backend, ana, 3, SplitRule::AllTogether).await;
        let ids = tickets(&backend, listing).await;
        withdraw(&backend, ana, listing, Some(ids[0])).await.expect("withdraws");
        assert_eq!(seen(&backend, listing).await.choices, [2]);
        restore(&backend, ana, listing, ids[0]).await.expect("restores");
        assert_eq!(seen(&backend, listing).await.choices, [3]);
        withdraw(&backend, ana, listing, Some(ids[0])).await.expect("withdraws");
        testing::lock_some(&backend, bob, listing, PRICE, 2).await.expect("locks");
        restore(&backend, ana, listing, ids[0]).await.expect("restores");
        assert_eq!(seen(&backend, listing).await.choices, [] as [usize; 0], "no one can buy the others");
    }

    /// Proves the listing's row lock: without it, both forms find the ticket withdrawn, and one of them fails.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn restoring_and_withdrawing_at_once_follow_each_other(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
        let ids = tickets(&backend, listing).await;
        for round in 0..100 {
            withdraw(&backend, ana, listing, Some(ids[0])).await.expect("withdraws");
            let (one, other, withdrawn) = tokio::join!(
                restore(&backend, ana, listing, ids[0]),
                restore(&backend, ana, listing, ids[0]),
                withdraw(&backend, ana, listing, Some(ids[0])),
            );
            one.and(other).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
            match withdrawn {
                Ok(_) => {}
                Err(ChangeError::Withdrawn) => assert_eq!(statuses(&backend, listing).await, "oo", "round {round}"),
                Err(error) => panic!("round {round}: {error:?}"),
            }
            restore(&backend, ana, listing, ids[0]).await.expect("restores");
        }
    }
}
