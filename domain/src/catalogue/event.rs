//! One event, and the tickets on sale for it.

use std::mem;

use model::{
    AppError, Code, Money,
    events::{EventListing, EventStage, EventView, LISTINGS_MAX, OfferFilter, SectionOffers},
    tickets::Category,
};

use super::{
    bars::bars,
    event_store::{self, Conditions, EventRow, SectionRow},
    search::{highest_price, is_yes, kept, line, together},
    slug::{digits_in, slug, venue_slug},
};
use crate::{
    Backend,
    backend::Rules,
    database,
    tickets::{event_time, row::ListingRow},
    timestamp,
};

/// Why there is no event to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowEventError {
    /// There is no such event.
    #[error("there is no such event")]
    NotFound,
    /// The query that reads the event failed.
    #[error("the event was not read")]
    Database(#[from] sqlx::Error),
}

/// The event of an address, `/events/{slug}`. Only the digits at its end count: the words in front of them may be those
/// of an old link. The view has the address as it is now.
///
/// A field of the filter that cannot be read is left out, and so it is in the view.
///
/// # Errors
///
/// Each variant of [`ShowEventError`] is one reason.
pub async fn show_event(backend: &Backend, slug: &str, filter: &OfferFilter) -> Result<EventView, ShowEventError> {
    let digits = digits_in(slug).ok_or(ShowEventError::NotFound)?;
    let section = line(&filter.section);
    let conditions = Conditions {
        section: Some(section.as_str()).filter(|section| !section.is_empty()),
        max_cents: highest_price(&filter.max),
        together: together(&filter.together),
        is_in_hand: is_yes(&filter.in_hand),
    };
    let limit = i64::try_from(LISTINGS_MAX).unwrap_or(i64::MAX);
    let row = event_store::find(&backend.db, digits, conditions, limit).await?.ok_or(ShowEventError::NotFound)?;
    let (max, together) = (conditions.max_cents.is_some(), conditions.together.is_some());
    let (max, together) = (kept(&filter.max, max), kept(&filter.together, together));
    let in_hand = kept(&filter.in_hand, conditions.is_in_hand);
    let view = view(row, &backend.rules);
    let is_it = |offers: &&SectionOffers| offers.name.to_lowercase() == section.to_lowercase();
    // As the page names it.
    let section = view.sections.iter().find(is_it).map_or(section.clone(), |offers| offers.name.clone());
    Ok(EventView { filter: OfferFilter { section, max, together, in_hand }, ..view })
}

/// The page of an event without a filter.
pub(crate) fn view(mut row: EventRow, rules: &Rules) -> EventView {
    let offers = mem::take(&mut row.listings.0);
    let listings: Vec<_> = offers.into_iter().map(|offer| listing(&offer.into_listing(&row), rules)).collect();
    EventView {
        id: row.id,
        as_of_us: timestamp::unix_us(row.now),
        slug: slug(row.id, &row.title, &row.city, row.starts_at, &row.time_zone),
        // The check constraint of the column allows the same codes.
        category: Category::parse(&row.category).unwrap_or(Category::Other),
        starts: event_time::view(row.starts_at, &row.time_zone),
        moved_from: row.moved_from.map(|at| event_time::view(at, &row.time_zone)),
        stage: stage(&row),
        tickets: count(row.tickets),
        cheapest: row.cheapest_cents.map(Money::usd),
        listed: count(row.listed),
        filter: OfferFilter::default(),
        more: count(row.listing_count).saturating_sub(listings.len()),
        listings,
        sections: sections(row.sections.0),
        prices: bars(&row.prices.0),
        title: row.title,
        venue_slug: venue_slug(row.venue_id, &row.venue, &row.city),
        venue: row.venue,
        city: row.city,
    }
}

fn stage(row: &EventRow) -> EventStage {
    if row.is_cancelled {
        EventStage::Cancelled
    } else if row.starts_at <= row.now {
        EventStage::Started
    } else {
        EventStage::Coming
    }
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}

/// The sections to choose from. One alone is no choice.
fn sections(rows: Vec<SectionRow>) -> Vec<SectionOffers> {
    let named: Vec<_> = rows.into_iter().filter(|row| !row.name.is_empty()).collect();
    if named.len() < 2 {
        return Vec::new();
    }
    let offers = |SectionRow { name, tickets, cheapest_cents }| SectionOffers {
        name,
        tickets: count(tickets),
        cheapest: Money::usd(cheapest_cents),
    };
    named.into_iter().map(offers).collect()
}

fn listing(row: &ListingRow, rules: &Rules) -> EventListing {
    EventListing {
        id: row.id,
        version: row.version,
        as_of_us: row.as_of_us(),
        place: row.place(),
        price: row.price(),
        beside_face_value: row.beside_face_value(),
        delivery: row.delivery(),
        availability: row.availability(rules),
        free: row.free_count(),
        has_waitlist: !row.is_waitlist_closed,
        together: row.together(rules),
    }
}

impl From<ShowEventError> for AppError {
    fn from(error: ShowEventError) -> Self {
        match error {
            ShowEventError::NotFound => Code::EventNotFound.into(),
            ShowEventError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ListingId, UserId,
        tickets::{Availability, ListingInput, SplitRule},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, Listed},
        tickets::{list::list, show::show},
    };

    async fn list_at(backend: &Backend, seller: UserId, price: &str, seat: &str, split: SplitRule) -> ListingId {
        let (seat, split) = (seat.into(), split.code().into());
        let input = ListingInput { price: price.into(), seat, split, ..testing::listing_input() };
        list(backend, seller, &input).await.expect("lists")
    }

    async fn page_of(backend: &Backend, listing: ListingId) -> EventView {
        let slug = show(backend, None, listing).await.expect("shows").event;
        let view = show_event(backend, &slug, &OfferFilter::default()).await.expect("shows");
        assert_eq!(view.slug, slug);
        view
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn event_has_its_tickets_cheapest_first_then_the_locked(db: PgPool) {
        let Listed { backend, ana, bob, listing: first } = Listed::new(db).await;
        let locked = list_at(&backend, ana, "10", "20", SplitRule::Any).await;
        let pairs = list_at(&backend, ana, "30", "31-34", SplitRule::Pairs).await;
        let broken = list_at(&backend, ana, "20", "1-3", SplitRule::Any).await;
        let [sold, withdrawn] = [("5", "50"), ("6", "60")].map(|(price, seat)| (price, seat, SplitRule::Any));
        for ((price, seat, split), status) in [(sold, "sold"), (withdrawn, "withdrawn")] {
            let gone = list_at(&backend, ana, price, seat, split).await;
            testing::set_ticket_status(&backend.db, gone, status).await;
        }
        testing::lock_one(&backend, bob, locked, Money::usd(1000)).await.expect("locks");
        testing::lock_one(&backend, bob, broken, Money::usd(2000)).await.expect("locks");

        let view = page_of(&backend, first).await;
        let listings = view.listings.iter().map(|listing| (listing.id, &*listing.together)).collect::<Vec<_>>();
        assert_eq!(listings, [(broken, "1-2"), (pairs, "2, 4"), (first, "1"), (locked, "")]);
        assert_eq!((view.tickets, view.cheapest, view.more), (7, Some(Money::usd(2000)), 0));
        assert!(matches!(view.listings[3].availability, Availability::LockedUntil(_)), "{view:?}");
        assert!(view.slug.starts_with("sigur-ros-berlin-20"), "{}", view.slug);

        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let view = page_of(&backend, first).await;
        assert_eq!((view.tickets, view.cheapest), (9, Some(Money::usd(1000))), "overdue locks are no locks");
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        let view = page_of(&backend, first).await;
        assert_eq!((view.stage, view.listings.len(), view.tickets), (EventStage::Started, 0, 0));
    }

    /// Proves the condition of `offers!`: what is sold only together cannot be bought while a part of it is locked.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn part_of_what_is_sold_together_is_not_on_sale(db: PgPool) {
        let Listed { backend, ana, bob, listing: first } = Listed::new(db).await;
        let together = list_at(&backend, ana, "10", "1-4", SplitRule::Any).await;
        testing::lock_one(&backend, bob, together, Money::usd(1000)).await.expect("locks");
        sqlx::query("UPDATE listings SET split = 'all_together' WHERE id = $1")
            .bind(together.as_uuid())
            .execute(&backend.db)
            .await
            .expect("a rule");
        let view = page_of(&backend, first).await;
        assert_eq!((view.tickets, view.cheapest), (1, Some(Money::usd(4950))));
        assert_eq!(view.listings.iter().map(|listing| listing.id).collect::<Vec<_>>(), [first, together]);
        assert!(matches!(view.listings[1].availability, Availability::LockedUntil(_)), "{view:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn page_is_bounded_and_counts_the_rest(db: PgPool) {
        let Listed { backend, listing: first, .. } = Listed::new(db).await;
        sqlx::raw_sql(
            "
            INSERT INTO listings (event_id, seller_id, price_cents)
                SELECT event_id, seller_id, 5000 + n FROM listings, generate_series(1, 320) n;
            INSERT INTO tickets (listing_id, position, starts_at)
                SELECT l.id, 1, e.starts_at FROM listings l JOIN events e ON e.id = l.event_id WHERE l.price_cents > 5000;
            ",
        )
        .execute(&backend.db)
        .await
        .expect("many listings");
        let view = page_of(&backend, first).await;
        assert_eq!((view.listings.len(), view.more, view.tickets), (LISTINGS_MAX, 21, 321));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn filter_chooses_listings_and_changes_no_total(db: PgPool) {
        let Listed { backend, ana, bob, listing: first } = Listed::new(db).await;
        let listed = async |section: &str, price: &str, seat: &str, split: SplitRule| {
            let (seat, split) = (seat.into(), split.code().into());
            let (section, price) = (section.into(), price.into());
            let input = ListingInput { section, price, seat, split, ..testing::listing_input() };
            list(&backend, ana, &input).await.expect("lists")
        };
        let stalls = listed("Stalls", "30", "1-4", SplitRule::Pairs).await;
        let gallery = listed("Gallery", "20", "1-3", SplitRule::NeverLeaveOne).await;
        let locked = listed("stalls", "10", "7-8", SplitRule::Any).await;
        testing::lock_some(&backend, bob, locked, Money::usd(1000), 2).await.expect("locks");
        let slug = show(&backend, None, first).await.expect("shows").event;
        let shown = async |section: &str, max: &str, together: &str| {
            let (section, max, together) = (section.into(), max.into(), together.into());
            let filter = OfferFilter { section, max, together, ..OfferFilter::default() };
            let view = show_event(&backend, &slug, &filter).await.expect("shows");
            assert_eq!((view.tickets, view.listed, view.cheapest), (8, 4, Some(Money::usd(2000))), "{filter:?}");
            (view.listings.iter().map(|listing| listing.id).collect::<Vec<_>>(), view.filter)
        };
        let ids = async |section: &str, max: &str, together: &str| shown(section, max, together).await.0;
        assert_eq!(ids("", "", "").await, [gallery, stalls, first, locked]);
        assert_eq!(ids("STALLS", "", "").await, [stalls, locked]);
        assert_eq!(shown("STALLS", "", "").await.1.section, "Stalls");
        assert_eq!(ids("", "$20", "").await, [gallery, locked]);
        // Of three that never leave one, two leave one. Those that are locked count as if they were free again.
        assert_eq!(ids("", "", "2").await, [stalls, locked]);
        assert_eq!(ids("stalls", "25", "2").await, [locked]);
        assert_eq!(ids("", "", "9").await, []);
        let (all, filter) = shown(" ", "cheap", "0").await;
        assert_eq!((all.len(), filter), (4, OfferFilter::default()), "what cannot be read does not filter");

        // A listing is in hand if all of its free tickets are.
        sqlx::query("UPDATE tickets SET is_in_hand = listing_id = $1 OR listing_id = $2 AND position = 1")
            .bind(gallery)
            .bind(stalls)
            .execute(&backend.db)
            .await
            .expect("some are in hand");
        for (in_hand, found) in
            [("yes", vec![gallery]), (" yes ", vec![gallery]), ("no", vec![gallery, stalls, first, locked])]
        {
            let filter = OfferFilter { in_hand: in_hand.into(), ..OfferFilter::default() };
            let view = show_event(&backend, &slug, &filter).await.expect("shows");
            assert_eq!(view.listings.iter().map(|listing| listing.id).collect::<Vec<_>>(), found, "{in_hand}");
        }

        let view = show_event(&backend, &slug, &OfferFilter::default()).await.expect("shows");
        let sections: Vec<_> = view.sections.iter().map(|section| (&*section.name, section.tickets)).collect();
        assert_eq!(sections, [("Gallery", 3), ("Stalls", 4), ("A", 1)]);
        assert_eq!(view.prices.iter().map(|bar| bar.tickets).sum::<usize>(), 8);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn old_words_lead_to_the_event_and_other_digits_to_none(db: PgPool) {
        let Listed { backend, listing, .. } = Listed::new(db).await;
        let slug = show(&backend, None, listing).await.expect("shows").event;
        let digits = digits_in(&slug).expect("digits").to_owned();
        for old in [digits.clone(), format!("an-old-title-{digits}")] {
            assert_eq!(show_event(&backend, &old, &OfferFilter::default()).await.expect("shows").slug, slug);
        }
        for unknown in ["", "x", "sigur-ros-000000000000", "sigur-ros", "\0"] {
            let missing = show_event(&backend, unknown, &OfferFilter::default()).await;
            assert!(matches!(missing, Err(ShowEventError::NotFound)), "{unknown:?}: {missing:?}");
        }
    }
}
