//! Suggestions while a reader types a search.

use model::{AppError, events::Suggestion};

use super::{
    search::{SearchError, first_of, line, query, words_of},
    search_store::{self, Filter, PlaceRow},
    slug::venue_slug,
};
use crate::Backend;

/// The fewest letters that mean something.
const LETTERS_MIN: usize = 2;
/// Events that are suggested.
const EVENTS: usize = 5;

/// The cities, venues and events that a reader may mean who has typed `text`; none if it is too short.
///
/// # Errors
///
/// [`Code::Unavailable`](model::Code::Unavailable) or [`Code::Internal`](model::Code::Internal) if a query failed.
pub async fn suggest(backend: &Backend, text: &str) -> Result<Vec<Suggestion>, AppError> {
    let words = words_of(&line(text));
    let prefix = words.join(" ");
    if prefix.chars().count() < LETTERS_MIN {
        return Ok(Vec::new());
    }
    let places = search_store::places(&backend.db, &prefix).await.map_err(SearchError::from)?;
    let filter = Filter { words: query(&words), ..Filter::default() };
    let (events, _) = first_of(backend, &filter, EVENTS).await.map_err(SearchError::from)?;
    let events = events.into_iter().map(|event| Suggestion {
        about: format!("{} · {}", event.starts.text, event.city),
        address: format!("/events/{}", event.slug),
        name: event.title,
    });
    Ok(places.into_iter().map(place).chain(events).collect())
}

fn place(row: PlaceRow) -> Suggestion {
    let PlaceRow { venue, name, city, events } = row;
    let noun = if events == 1 { "event" } else { "events" };
    // The count is capped.
    let events = if events >= 100 { "100 events or more".to_owned() } else { format!("{events} {noun}") };
    match venue {
        Some(id) => Suggestion {
            about: format!("Venue in {city}, {events}"),
            address: format!("/venues/{}", venue_slug(id, &name, &city)),
            name,
        },
        None => Suggestion {
            about: format!("City, {events}"),
            address: format!(
                "/search?{}",
                form_urlencoded::Serializer::new(String::new()).append_pair("city", &name).finish()
            ),
            name,
        },
    }
}

#[cfg(test)]
mod tests {
    use model::tickets::ListingInput;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, Listed},
        tickets::list::list,
    };

    async fn suggested(backend: &Backend, text: &str) -> Vec<(String, String)> {
        let suggestions = suggest(backend, text).await.expect("suggests");
        let first = |address: &str| address.split(['/', '?']).nth(1).unwrap_or_default().to_owned();
        suggestions.into_iter().map(|one| (one.name, first(&one.address))).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn names_begin_with_what_is_typed(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let input = ListingInput { title: "Sing along".into(), venue: "Sigma".into(), ..testing::listing_input() };
        list(&backend, ana, &input).await.expect("lists");
        let pair = |name: &str, page: &str| (name.to_owned(), page.to_owned());
        assert_eq!(suggested(&backend, "SIG").await[0], pair("Sigma", "venues"));
        assert!(suggested(&backend, "sigur").await.contains(&pair("Sigur Rós", "events")));
        assert_eq!(suggested(&backend, "be").await[0], pair("Berlin", "search"));
        for nothing in ["", "s", "%", "_e", "\0\0", "xyzzy", "'", "\\"] {
            assert_eq!(suggested(&backend, nothing).await, [], "{nothing:?}");
        }
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        assert_eq!(suggested(&backend, "be").await, [], "nothing is on any more");
    }
}
