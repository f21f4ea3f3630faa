//! Editing a listing.

use model::{TicketId, UserId, tickets::ListingInput};

use super::{
    change::{self, ChangeError},
    listing::Listing,
    store,
};
use crate::{Backend, database};

/// Replaces the fields of a listing, if it still has the `version` that the seller's form showed.
///
/// # Errors
///
/// Each variant of [`ChangeError`] is one reason.
#[tracing::instrument(name = "ticket.edit", skip_all, fields(ticket.id = %id, user.id = %seller))]
pub async fn edit(
    backend: &Backend,
    seller: UserId,
    id: TicketId,
    version: i32,
    input: &ListingInput,
) -> Result<(), ChangeError> {
    let now = database::clock(&backend.db).await?;
    let parsed = Listing::parse(input, now);

    let mut tx = change::begin(backend, seller, id).await?;
    // Checked only here: whether the form is valid is shown to the seller only.
    let listing = parsed.map_err(ChangeError::Invalid)?;
    if store::update(&mut *tx, id, version, &listing).await? == 0 {
        return Err(ChangeError::Stale);
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        orders::lock::{LockError, lock},
        testing::{self, Listed, TestBackend},
        tickets::show::show,
    };

    fn priced(price: &str) -> ListingInput {
        ListingInput { price: price.into(), ..testing::listing_input() }
    }

    async fn price_of(backend: &Backend, id: TicketId) -> Money {
        show(backend, None, id).await.expect("shows").card.price
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_changes_listing_and_version(db: PgPool) {
        let Listed { backend, ana, ticket, .. } = Listed::new(db).await;
        edit(&backend, ana, ticket, 1, &priced("60")).await.expect("edits");
        let view = show(&backend, Some(ana), ticket).await.expect("shows");
        assert_eq!((view.card.price, view.version), (Money::usd(6000), 2));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_fails_with_the_reason_and_changes_nothing(db: PgPool) {
        let Listed { backend, ana, bob, ticket } = Listed::new(db).await;

        let refused = edit(&backend, ana, fresh::<TicketId>(), 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::NotFound)), "{refused:?}");
        let refused = edit(&backend, bob, ticket, 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        // Another user learns that the listing is not theirs, whatever they sent.
        let refused = edit(&backend, bob, ticket, 1, &priced("")).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
        let refused = edit(&backend, ana, ticket, 2, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::Stale)), "{refused:?}");
        let refused = edit(&backend, ana, ticket, 1, &priced("-1")).await;
        assert!(matches!(refused, Err(ChangeError::Invalid(_))), "{refused:?}");

        lock(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        let refused = edit(&backend, ana, ticket, 1, &priced("60")).await;
        assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
        assert_eq!(price_of(&backend, ticket).await, Money::usd(4950));

        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        edit(&backend, ana, ticket, 1, &priced("60")).await.expect("an overdue lock is no lock");

        testing::set_ticket_status(&backend.db, ticket, "sold").await;
        let refused = edit(&backend, ana, ticket, 2, &priced("70")).await;
        assert!(matches!(refused, Err(ChangeError::Sold)), "{refused:?}");
        testing::set_ticket_status(&backend.db, ticket, "withdrawn").await;
        let refused = edit(&backend, ana, ticket, 2, &priced("70")).await;
        assert!(matches!(refused, Err(ChangeError::Withdrawn)), "{refused:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_fails_when_event_has_started(db: PgPool) {
        let Listed { backend, ana, ticket, .. } = Listed::new(db).await;
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        let input = ListingInput { starts_at: testing::local_time_in_days(60), ..testing::listing_input() };
        let refused = edit(&backend, ana, ticket, 1, &input).await;
        assert!(matches!(refused, Err(ChangeError::Started)), "{refused:?}");
    }

    /// The buyer pays the price that the page showed: an edit and a lock at the same moment do not mix.
    ///
    /// Proves the ticket's row lock in `edit` and `lock`: without it the lock copies the old price with
    /// the new version, and the sum below differs.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn edit_races_with_lock_and_charges_the_shown_price(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let (mut locked, mut refused) = (0, 0);
        for _ in 0..500 {
            let id = testing::ticket(&backend, ana).await;
            let seen = Money::usd(4950);
            let edited = priced("60");
            let (edit, lock) = tokio::join!(edit(&backend, ana, id, 1, &edited), lock(&backend, bob, id, seen));
            let now = show(&backend, Some(bob), id).await.expect("shows");
            match (edit, lock) {
                (Err(ChangeError::Locked { .. }), Ok(order)) => {
                    let charged = testing::order_price(&backend.db, order).await;
                    assert_eq!((charged, now.card.price, now.version), (seen, seen, 1));
                    locked += 1;
                }
                (Ok(()), Err(LockError::PriceChanged { now: price })) => {
                    assert_eq!((price, now.card.price, now.my_order), (Money::usd(6000), Money::usd(6000), None));
                    refused += 1;
                }
                (edit, lock) => panic!("neither or both went through: {edit:?}, {lock:?}"),
            }
        }
        assert_eq!(locked + refused, 500);
    }
}
