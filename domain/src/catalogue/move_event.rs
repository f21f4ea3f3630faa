//! Moving an event to another time. The operator does it, when the organiser has.

use model::{AppError, error::Field};
use sqlx::PgPool;

use super::{
    change_store, mails,
    slug::{digits_in, slug},
};
use crate::{database, live::publish::publish_once, tickets::event_time};

/// The key that lets an event of a title, a venue and a start be there once.
const EVENT_KEY: &str = "events_venue_start_title_key";

/// Why the event was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveEventError {
    /// There is no such event.
    #[error("there is no event with this address")]
    NotFound,
    /// The new start is not one.
    #[error("the new start is not valid: {0}")]
    Start(AppError),
    /// The event is cancelled.
    #[error("the event is cancelled")]
    Cancelled,
    /// Another event of the title is at the venue at that time.
    #[error("there is an event of this title at that time already")]
    Exists,
    /// A query that moves it failed.
    #[error("the event was not moved")]
    Database(#[from] sqlx::Error),
}

/// Moves the event of an address, `/events/{slug}`, to another start, on the clocks of the venue: `2027-01-31T20:00`.
/// `which_hour` is `first` or `second` where the clocks show this time twice, and empty otherwise. Returns its new address;
/// the old one leads there.
///
/// The listings stay, with a new version: a buyer who saw the old time is refused and sees the new one. Orders that are
/// open or complete stay, too, and tell their buyers.
///
/// # Errors
///
/// Each variant of [`MoveEventError`] is one reason.
#[tracing::instrument(name = "event.move", skip_all)]
pub async fn move_event(
    db: &PgPool,
    address: &str,
    starts_local: &str,
    which_hour: &str,
) -> Result<String, MoveEventError> {
    let digits = digits_in(address).ok_or(MoveEventError::NotFound)?;
    let mut tx = db.begin().await?;
    let (event, listings) = change_store::lock(&mut tx, digits).await?.ok_or(MoveEventError::NotFound)?;
    if event.is_cancelled {
        return Err(MoveEventError::Cancelled);
    }
    let invalid = |(field, code): (Field, _)| MoveEventError::Start(AppError::field(field, code));
    let start = event_time::parse(starts_local, which_hour, &event.time_zone, event.now).map_err(invalid)?;
    if start.at != event.starts_at {
        match change_store::reschedule(&mut tx, event.id, start.local, start.is_second_hour, start.at).await {
            Err(error) if database::is_violation_of(&error, EVENT_KEY) => return Err(MoveEventError::Exists),
            moved => moved?,
        }
        mails::tell_move(&mut tx, event.id, start.at).await?;
    }
    tx.commit().await?;
    publish_once(db, &listings).await?;
    tracing::info!(event.id = %event.id, listings = listings.len(), "an event is moved");
    Ok(slug(event.id, &event.title, &event.city, start.at, &event.time_zone))
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        events::{EventStage, OfferFilter},
        orders::OrderStatus,
        tickets::{ListingInput, LockInput},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::event::show_event,
        doctor::examine::examine,
        orders::{
            self,
            lock::{LockError, lock},
        },
        testing::{self, Listed, TestBackend},
        tickets::{list::list, show::show},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn moved_event_has_a_new_time_and_keeps_its_listings_and_its_old_address(db: PgPool) {
        let Listed { backend, bob, listing, .. } = Listed::new(db).await;
        let old = show(&backend, None, listing).await.expect("shows");
        let to = testing::local_time_in_days(40);
        let new = move_event(&backend.db, &old.event, &to, "").await.expect("moves");
        assert_ne!(new, old.event);

        let event = show_event(&backend, &old.event, &OfferFilter::default()).await.expect("shows");
        assert_eq!((event.slug, event.stage, event.starts.local), (new, EventStage::Coming, to));
        assert_eq!(event.moved_from.map(|start| start.local), Some(old.card.starts.local));
        assert_eq!(event.tickets, 1);

        // The buyer has the old page open.
        let input = LockInput { listing, version: old.version, price_cents: 4950, count: 1, tickets: Vec::new() };
        let refused = lock(&backend, bob, &input).await;
        assert!(matches!(refused, Err(LockError::Changed { .. })), "{refused:?}");
        let start = "SELECT count(*) FROM tickets t JOIN listings l ON l.id = t.listing_id JOIN events e ON e.id = l.event_id WHERE t.starts_at = e.starts_at";
        assert_eq!(testing::count(&backend.db, start).await, 1);
    }

    /// The older tickets bear the old date.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn listing_with_the_old_time_is_for_the_moved_event(db: PgPool) {
        let Listed { backend, bob, listing, .. } = Listed::new(db).await;
        let slug = show(&backend, None, listing).await.expect("shows").event;
        let to = testing::local_time_in_days(40);
        let new = move_event(&backend.db, &slug, &to, "").await.expect("moves");
        for starts_at in [testing::listing_input().starts_at, to] {
            let input = ListingInput { starts_at, ..testing::listing_input() };
            let listing = list(&backend, bob, &input).await.expect("lists");
            assert_eq!(show(&backend, None, listing).await.expect("shows").event, new);
        }
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM events").await, 1);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn buyers_keep_their_orders_and_see_the_new_time(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let [ana, bob, carol] = ["ana", "bob", "carol"].map(|name| testing::user(&backend.db, name));
        let (ana, bob, carol) = (ana.await, bob.await, carol.await);
        let (bought, locked) = (testing::listing(&backend, ana).await, testing::listing(&backend, ana).await);
        let slug = show(&backend, None, bought).await.expect("shows").event;
        let lock =
            async |buyer, listing| testing::lock_one(&backend, buyer, listing, Money::usd(4950)).await.expect("locks");
        let complete = lock(bob, bought).await;
        testing::start_payment(&backend, bob, complete).await.expect("starts");
        testing::pay_with(&backend, complete, testing::GOOD_CARD).await;
        crate::payments::check::check(&backend, bob, complete).await.expect("checks");
        let open = lock(carol, locked).await;
        for days in [40, 41] {
            move_event(&backend.db, &slug, &testing::local_time_in_days(days), "").await.expect("moves");
        }
        testing::start_payment(&backend, carol, open).await.expect("starts");
        testing::pay_with(&backend, open, testing::GOOD_CARD).await;
        crate::payments::check::check(&backend, carol, open).await.expect("checks");
        for (buyer, order) in [(bob, complete), (carol, open)] {
            let view = orders::show::show(&backend, buyer, order).await.expect("shows");
            assert_eq!((view.status, view.tickets.is_cancelled), (OrderStatus::Complete, false));
            assert_eq!(view.tickets.starts.local, testing::listing_input().starts_at, "as it was bought");
            let moved = show_event(&backend, &slug, &OfferFilter::default()).await.expect("shows").starts.text;
            assert_eq!(view.tickets.news, Some(format!("The event was moved. It now starts on {moved}.")));
            let event = view.tickets.event.expect("the same event");
            assert_eq!(show_event(&backend, &event, &OfferFilter::default()).await.expect("shows").slug, event);
        }
        let report = examine(&backend.db).await.expect("examines");
        let violated: Vec<_> = report.violations().filter(|check| !check.name.starts_with("backlog")).collect();
        assert!(violated.is_empty(), "{violated:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn event_is_not_moved_to_the_past_nor_onto_another_nor_once_it_is_cancelled(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let slug = show(&backend, None, listing).await.expect("shows").event;
        let to = testing::local_time_in_days(40);
        let other = ListingInput { starts_at: to.clone(), ..testing::listing_input() };
        list(&backend, ana, &other).await.expect("lists");
        let moved = async |address: &str, to: &str| move_event(&backend.db, address, to, "").await;
        assert!(matches!(moved("0123456789ab", &to).await, Err(MoveEventError::NotFound)));
        assert!(matches!(moved(&slug, "tomorrow").await, Err(MoveEventError::Start(_))));
        assert!(matches!(moved(&slug, &testing::local_time_in_days(-1)).await, Err(MoveEventError::Start(_))));
        assert!(matches!(moved(&slug, &to).await, Err(MoveEventError::Exists)));
        moved(&slug, &testing::listing_input().starts_at).await.expect("stays where it is");
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM event_moves").await, 0);
        super::super::cancel_event::cancel_event(&backend.db, &slug).await.expect("cancels");
        assert!(matches!(moved(&slug, &testing::local_time_in_days(50)).await, Err(MoveEventError::Cancelled)));
    }
}
