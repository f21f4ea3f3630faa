//! The home page.

use std::collections::{HashMap, HashSet};

use model::{
    AppError, EventId, Money, UserId,
    events::{FoundEvent, HomeView, PriceDrop},
    tickets::{Availability, ListingCard},
};

use super::{
    fast::fast,
    search::{SearchError, city_key, view},
    search_store::{self, Filter, FoundRow},
};
use crate::{
    Backend,
    tickets::{
        home_store::{self, DropRow},
        row::ListingRow,
    },
};

/// The most events, and the most listings, of a section.
const SOON: u16 = 8;
const FAST: u16 = 4;
const DROPS: u16 = 6;
const NEWEST: u16 = 9;
/// The most listings of one seller, in all sections together.
const OF_SELLER: usize = 2;

/// What the page shows already.
#[derive(Default)]
struct Shown {
    events: HashSet<EventId>,
    of_sellers: HashMap<UserId, usize>,
}

/// What is on soon, in the city `near` if something is on there, what sells fast, whose price was just lowered, and what was
/// just listed. Each event is in one of these sections, so no event and no seller fills the page.
///
/// # Errors
///
/// [`Code::Unavailable`](model::Code::Unavailable) or [`Code::Internal`](model::Code::Internal) if a query failed.
pub async fn home(backend: &Backend, near: Option<&str>) -> Result<HomeView, AppError> {
    let near = near.filter(|city| !city_key(city).is_empty());
    let mut soon = Vec::new();
    if let Some(city) = near {
        soon = read_soon(backend, Filter { city: Some(city_key(city)), ..Filter::default() }).await?;
    }
    // As the venue writes it.
    let near = soon.first().map(|event| event.city.clone());
    if soon.is_empty() {
        soon = read_soon(backend, Filter { is_next_few: true, ..Filter::default() }).await?;
    }
    let mut fast = fast(backend, i64::from(SOON + FAST)).await.map_err(SearchError::from)?;
    let lowered =
        home_store::price_drops(&backend.db, i64::from(SOON + FAST + DROPS)).await.map_err(SearchError::from)?;
    let ids: Vec<_> = lowered.iter().map(|row| row.listing).collect();
    let newest = home_store::newest(&backend.db, i64::from(SOON + FAST + DROPS + NEWEST), &ids)
        .await
        .map_err(SearchError::from)?;
    let mut shown = Shown { events: soon.iter().map(|event| event.id).collect(), ..Shown::default() };
    let sold = |id| fast.iter().find(|(fast, _)| *fast == id).map_or(0, |(_, event)| event.sold);
    let soon: Vec<_> = soon.into_iter().map(|row| FoundEvent { sold: sold(row.id), ..view(row) }).collect();
    fast.retain(|(id, _)| shown.events.insert(*id));
    fast.truncate(FAST.into());
    let mut drops = Vec::new();
    for DropRow { listing, was_cents } in lowered {
        let row = newest.iter().find(|row| row.id == listing);
        let card = row.and_then(|row| card_of_other(row, &mut shown, backend));
        drops.extend(card.map(|card| PriceDrop { card, was: Money::usd(was_cents) }));
        if drops.len() == usize::from(DROPS) {
            break;
        }
    }
    let cards = newest.iter().filter_map(|row| card_of_other(row, &mut shown, backend));
    let newest = cards.take(NEWEST.into()).collect();
    Ok(HomeView { near, soon, fast: fast.into_iter().map(|(_, event)| event).collect(), drops, newest })
}

/// The card of a listing on sale whose event is in no section yet, unless there are enough of its seller. It is in one
/// from now on.
fn card_of_other(row: &ListingRow, shown: &mut Shown, backend: &Backend) -> Option<ListingCard> {
    let card = row.card(&backend.rules);
    // The seller may sell all of a listing only together, and some of it is locked.
    let of_seller = shown.of_sellers.entry(row.seller_id).or_default();
    if card.availability != Availability::OnSale || *of_seller >= OF_SELLER || !shown.events.insert(row.event_id) {
        return None;
    }
    *of_seller += 1;
    Some(card)
}

async fn read_soon(backend: &Backend, filter: Filter) -> Result<Vec<FoundRow>, SearchError> {
    Ok(search_store::search(&backend.db, &filter, SOON.into()).await?)
}

#[cfg(test)]
mod tests {
    use model::tickets::ListingInput;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, TestBackend},
        tickets::{edit::edit, list::list},
    };

    async fn put(backend: &Backend, seller: UserId, title: &str, city: &str, days: i64) {
        let (title, city) = (title.into(), city.into());
        let input =
            ListingInput { title, city, starts_at: testing::local_time_in_days(days), ..testing::listing_input() };
        list(backend, seller, &input).await.expect("lists");
    }

    async fn sections(backend: &Backend, near: Option<&str>) -> (Option<String>, Vec<String>, Vec<String>) {
        let HomeView { near, soon, newest, .. } = home(backend, near).await.expect("reads");
        let soon = soon.into_iter().map(|event| event.title).collect();
        (near, soon, newest.into_iter().map(|card| card.title).collect())
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn no_event_and_no_seller_fills_the_page(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        for n in 1..=12 {
            put(&backend, ana, &format!("Early {n:02}"), "Berlin", n).await;
        }
        for n in 1..=5 {
            put(&backend, ana, &format!("Late {n}"), "Berlin", 100 + n).await;
        }
        for _ in 0..5 {
            put(&backend, bob, "Popular", "Berlin", 200).await;
        }
        let (near, soon, newest) = sections(&backend, None).await;
        let expected: Vec<_> = (1..=8).map(|n| format!("Early {n:02}")).collect();
        assert_eq!((near, soon), (None, expected));
        assert_eq!(newest, ["Popular", "Late 5", "Late 4"]);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn lowered_price_is_shown_once_with_the_one_before(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        for n in 1..=9 {
            put(&backend, ana, &format!("Early {n}"), "Berlin", n).await;
        }
        let bob = testing::user(&backend.db, "bob").await;
        let listed_by = async |seller, title: &str, prices: &[&str]| {
            let input =
                |price: &str| ListingInput { title: title.into(), price: price.into(), ..testing::listing_input() };
            let id = list(&backend, seller, &input(prices[0])).await.expect("lists");
            for (version, price) in (1..).zip(&prices[1..]) {
                edit(&backend, seller, id, version, &input(price)).await.expect("edits");
            }
            id
        };
        let listed = async |title: &str, prices: &[&str]| listed_by(ana, title, prices).await;
        let lowered = listed("Lowered", &["60", "50", "40"]).await;
        listed("Lowered", &["90", "80"]).await;
        listed_by(bob, "Raised", &["30", "50"]).await;
        listed_by(bob, "Lowered and raised", &["30", "20", "50"]).await;
        let locked = listed("Locked", &["30", "20"]).await;
        let carol = testing::user(&backend.db, "carol").await;
        testing::lock_one(&backend, carol, locked, Money::usd(2000)).await.expect("locks");
        let again = listed("Lowered again", &["60", "70", "65"]).await;
        listed("Third of Ana's", &["60"]).await;

        let view = home(&backend, None).await.expect("reads");
        let drops: Vec<_> = view.drops.iter().map(|drop| (drop.card.title.as_str(), drop.was.to_string())).collect();
        assert_eq!(drops, [("Lowered again", "$70.00".to_owned()), ("Lowered", "$90.00".to_owned())]);
        assert_eq!(view.drops[0].card.id, again);
        assert_ne!(view.drops[1].card.id, lowered, "one of an event, the one that was lowered last");
        let newest: Vec<_> = view.newest.iter().map(|card| card.title.as_str()).collect();
        assert_eq!(
            newest,
            ["Lowered and raised", "Raised"],
            "two of a seller at most, in both sections together, and no event twice"
        );
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn soon_is_near_the_city_if_something_is_on_there(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        put(&backend, ana, "Here", "Berlin", 1).await;
        put(&backend, ana, "There", "Łódź", 2).await;
        let (near, soon, newest) = sections(&backend, Some("LODZ")).await;
        assert_eq!(
            (near.as_deref(), &*soon, &*newest),
            (Some("Łódź"), &["There".to_owned()][..], &["Here".to_owned()][..])
        );
        for elsewhere in [None, Some("Paris"), Some(""), Some("\0"), Some("!!")] {
            assert_eq!(
                sections(&backend, elsewhere).await,
                (None, vec!["Here".into(), "There".into()], vec![]),
                "{elsewhere:?}"
            );
        }
    }
}
