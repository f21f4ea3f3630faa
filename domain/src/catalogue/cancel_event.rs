//! Cancelling an event. The operator does it, when the organiser has.

use sqlx::PgPool;

use super::{
    change_store, mails,
    slug::{digits_in, slug},
};
use crate::{
    live::{ChangeSet, publish::publish_once},
    payments::call_off::call_off,
    transaction::Transaction,
};

/// Why the event was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelEventError {
    /// There is no such event.
    #[error("there is no event with this address")]
    NotFound,
    /// A query that cancels it failed.
    #[error("the event was not cancelled")]
    Database(#[from] sqlx::Error),
}

/// A cancelled event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// The end of its address, `/events/{slug}`.
    pub slug: String,
    /// How many orders are refunded.
    pub refunds: usize,
}

/// Cancels the event of an address, `/events/{slug}`. Its page stays and says so. Nothing of it is for sale any more, open
/// orders end, a card that is authorised for one is not charged, and complete orders are refunded: a sweep asks Stripe for
/// each refund within a minute or two. An event that is cancelled already stays so.
///
/// # Errors
///
/// Each variant of [`CancelEventError`] is one reason.
#[tracing::instrument(name = "event.cancel", skip_all)]
pub async fn cancel_event(db: &PgPool, address: &str) -> Result<Cancelled, CancelEventError> {
    let digits = digits_in(address).ok_or(CancelEventError::NotFound)?;
    // The listings are published below: this process may end at once.
    let mut tx = Transaction::begin(db, &ChangeSet::default()).await?;
    let (event, listings) = change_store::lock(&mut tx, digits).await?.ok_or(CancelEventError::NotFound)?;
    let mut refunds = 0;
    if !event.is_cancelled {
        mails::tell_cancellation(&mut tx, event.id).await?;
        change_store::cancel(&mut tx, event.id).await?;
        for order in change_store::sales(&mut tx, event.id).await? {
            refunds += usize::from(call_off(&mut tx, order).await?);
        }
    }
    tx.commit().await?;
    publish_once(db, &listings).await?;
    tracing::info!(event.id = %event.id, listings = listings.len(), refunds, "an event is cancelled");
    let slug = slug(event.id, &event.title, &event.city, event.starts_at, &event.time_zone);
    Ok(Cancelled { slug, refunds })
}

#[cfg(test)]
mod tests {
    use model::{
        AppError, Code, Money,
        events::{EventStage, OfferFilter, SearchInput},
        orders::OrderStatus,
        tickets::Availability,
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        Backend,
        catalogue::{event::show_event, home::home, search::search},
        doctor::examine::examine,
        orders::{self, lock::LockError},
        payments::{self, check::check},
        testing::{self, Listed, TestBackend},
        tickets::{list::list, show::show},
        waitlist::join::join,
    };

    async fn address(backend: &Backend, listing: model::ListingId) -> String {
        show(backend, None, listing).await.expect("shows").event
    }

    async fn assert_sound(backend: &Backend) {
        let report = examine(&backend.db).await.expect("examines");
        let violated: Vec<_> = report.violations().filter(|check| !check.name.starts_with("backlog")).collect();
        assert!(violated.is_empty(), "{violated:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn nothing_of_a_cancelled_event_is_for_sale(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let slug = address(&backend, listing).await;
        let cancelled = cancel_event(&backend.db, &slug).await.expect("cancels");
        assert_eq!(cancelled, Cancelled { slug: slug.clone(), refunds: 0 });

        let event = show_event(&backend, &slug, &OfferFilter::default()).await.expect("shows");
        assert_eq!((event.stage, event.tickets, event.listings.len()), (EventStage::Cancelled, 0, 0));
        let of = async |id| show(&backend, None, id).await.expect("shows").card.availability;
        assert_eq!(of(listing).await, Availability::EventCancelled);
        let home = home(&backend, None).await.expect("reads");
        assert!(home.soon.is_empty() && home.newest.is_empty());
        assert!(search(&backend, &SearchInput::default()).await.expect("searches").events.is_empty());

        let refused = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await;
        assert!(matches!(refused, Err(LockError::EventCancelled)), "{refused:?}");
        let refused = AppError::from(join(&backend, bob, listing, 1).await.expect_err("a cancelled event"));
        assert_eq!(refused.code(), Code::EventCancelled);
        let refused =
            AppError::from(list(&backend, bob, &testing::listing_input()).await.expect_err("a cancelled event"));
        assert_eq!(refused.code(), Code::EventCancelled);
        let refused = crate::watching::watch::watch_event(&backend, bob, &slug, "", true).await;
        assert_eq!(AppError::from(refused.expect_err("a cancelled event")).code(), Code::EventCancelled);
        let refused = crate::tickets::edit::edit(&backend, ana, listing, 1, &testing::listing_input()).await;
        assert_eq!(AppError::from(refused.expect_err("a cancelled event")).code(), Code::EventCancelled);

        cancel_event(&backend.db, &slug).await.expect("is cancelled already");
        assert_sound(&backend).await;
        testing::set_ticket_status(&backend.db, listing, "sold").await;
        assert_eq!(of(listing).await, Availability::Sold);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn locks_and_waitlists_end_with_the_event(db: PgPool) {
        let Listed { backend, bob, listing, .. } = Listed::new(db).await;
        let slug = address(&backend, listing).await;
        let order = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
        let carol = testing::user(&backend.db, "carol").await;
        join(&backend, carol, listing, 1).await.expect("joins");
        cancel_event(&backend.db, &slug).await.expect("cancels");

        let refused = testing::start_payment(&backend, bob, order).await.expect_err("the lock has ended");
        assert_eq!(AppError::from(refused).code(), Code::OrderEnded);
        let view = orders::show::show(&backend, bob, order).await.expect("shows");
        assert_eq!((view.status, view.tickets.is_cancelled), (OrderStatus::Expired, true));
        assert_eq!(view.again, None);
        crate::expiration::sweep::sweep(&backend).await.expect("sweeps");
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM orders WHERE status <> 'expired'").await, 0);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM waitlist_entries").await, 0);
        let shown = show(&backend, None, listing).await.expect("shows");
        assert_eq!(shown.card.availability, Availability::EventCancelled);
        assert_sound(&backend).await;
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn orders_are_refunded_whole_whatever_was_refunded_before(db: PgPool) {
        let (backend, simulator) = TestBackend::with_simulator(db).await;
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let mut orders = Vec::new();
        let mut slug = String::new();
        for _ in 0..3 {
            let listing = testing::listing(&backend, ana).await;
            slug = address(&backend, listing).await;
            let order = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
            testing::start_payment(&backend, bob, order).await.expect("starts");
            testing::pay_with(&backend, order, testing::GOOD_CARD).await;
            check(&backend, bob, order).await.expect("checks");
            orders.push(order);
        }
        // Of one order a part is refunded, and of another one the bank has returned it.
        for (order, is_returned) in [(orders[1], false), (orders[2], true)] {
            let intent = testing::newest_intent(&backend, order).await;
            testing::refund(&backend, &intent, Some(2000)).await;
            testing::hear_of(&backend, &intent).await;
            if is_returned {
                assert_eq!(simulator.return_refunds(&intent), 1);
                testing::hear_of(&backend, &intent).await;
            }
        }
        assert_eq!(cancel_event(&backend.db, &slug).await.expect("cancels").refunds, 3);
        assert_eq!(cancel_event(&backend.db, &slug).await.expect("stays cancelled").refunds, 0);
        let status = async |order| {
            let view = orders::show::show(&backend, bob, order).await.expect("shows");
            (view.status, view.tickets.is_cancelled)
        };
        for order in &orders {
            assert_eq!(status(*order).await, (OrderStatus::RefundPending, true));
        }
        for _ in 0..2 {
            testing::let_time_pass(&backend.db, std::time::Duration::from_secs(61)).await;
            payments::sweep::sweep(&backend).await.expect("sweeps");
        }
        for order in &orders {
            assert_eq!(status(*order).await, (OrderStatus::Refunded, true));
        }
        let kept = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account <> 'buyer'";
        assert_eq!(testing::count(&backend.db, kept).await, 0, "no one keeps anything");
        assert_sound(&backend).await;
    }

    /// Proves the check in `payments::capture`: the order is open and holds its tickets, and so it would be captured.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn card_that_is_authorised_is_not_charged(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let listing = testing::listing(&backend, ana).await;
        let slug = address(&backend, listing).await;
        let order = testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, testing::GOOD_CARD).await;
        cancel_event(&backend.db, &slug).await.expect("cancels");
        check(&backend, bob, order).await.expect("checks");
        let status = "SELECT count(*) FROM payments WHERE status = 'cancelled'";
        assert_eq!(testing::count(&backend.db, status).await, 1);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM ledger_entries").await, 0);
        assert_sound(&backend).await;
        payments::sweep::sweep(&backend).await.expect("sweeps");
    }

    /// Proves the shared lock of `find_or_make_event`: without it the listing is on sale for a cancelled event.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn listing_that_is_made_meanwhile_is_not_on_sale(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let slug = address(&backend, listing).await;
        for _ in 0..10 {
            sqlx::query("UPDATE events SET cancelled_at = NULL").execute(&backend.db).await.expect("undoes it");
            sqlx::query("UPDATE tickets t SET starts_at = e.starts_at FROM events e")
                .execute(&backend.db)
                .await
                .expect("undoes it");
            let (input, other) = (testing::listing_input(), testing::listing_input());
            let (_, _, cancelled) = tokio::join!(
                list(&backend, ana, &input),
                list(&backend, ana, &other),
                cancel_event(&backend.db, &slug)
            );
            cancelled.expect("cancels");
            let on_sale = "SELECT count(*) FROM tickets WHERE starts_at > now()";
            assert_eq!(testing::count(&backend.db, on_sale).await, 0);
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn unknown_address_cancels_nothing(db: PgPool) {
        let Listed { backend, .. } = Listed::new(db).await;
        for address in ["", "a-night", "0123456789ab"] {
            let refused = cancel_event(&backend.db, address).await;
            assert!(matches!(refused, Err(CancelEventError::NotFound)), "{address}: {refused:?}");
        }
    }
}
