//! The home page.

use model::{AppError, events::HomeView, tickets::Availability};

use super::{
    search::{SearchError, city_key, view},
    search_store::{self, Filter, FoundRow},
};
use crate::{Backend, tickets::store};

/// The most events, and the most listings, of a section.
const SOON: u16 = 8;
const NEWEST: u16 = 9;

/// What is on soon, in the city `near` if something is on there, and what was just listed for other events. So no event
/// and no seller fills the page.
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
    let rows = store::newest(&backend.db, i64::from(SOON + NEWEST)).await.map_err(SearchError::from)?;
    let of_others = rows.into_iter().filter(|row| soon.iter().all(|event| event.id != row.event_id));
    let cards = of_others.map(|row| row.card(&backend.rules));
    // The seller may sell all of a listing only together, and some of it is locked.
    let newest = cards.filter(|card| card.availability == Availability::OnSale).take(NEWEST.into()).collect();
    Ok(HomeView { near, soon: soon.into_iter().map(view).collect(), newest })
}

async fn read_soon(backend: &Backend, filter: Filter) -> Result<Vec<FoundRow>, SearchError> {
    Ok(search_store::search(&backend.db, &filter, SOON.into()).await?)
}

#[cfg(test)]
mod tests {
    use model::{UserId, tickets::ListingInput};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, TestBackend},
        tickets::list::list,
    };

    async fn put(backend: &Backend, seller: UserId, title: &str, city: &str, days: i64) {
        let (title, city) = (title.into(), city.into());
        let input =
            ListingInput { title, city, starts_at: testing::local_time_in_days(days), ..testing::listing_input() };
        list(backend, seller, &input).await.expect("lists");
    }

    async fn sections(backend: &Backend, near: Option<&str>) -> (Option<String>, Vec<String>, Vec<String>) {
        let HomeView { near, soon, newest } = home(backend, near).await.expect("reads");
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
        assert_eq!(newest, ["Popular", "Late 5", "Late 4", "Late 3"]);
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
