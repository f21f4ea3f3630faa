//! Events.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::events::{EventView, HomeView, OfferFilter, SearchInput, SearchPage, Suggestion, VenueView};

use crate::ApiError;

/// One event with the tickets on sale for it, by the end of its address.
#[server(prefix = "/rpc", endpoint = "show_event", input = GetUrl)]
pub(crate) async fn show_event(slug: String, #[server(flatten)] filter: OfferFilter) -> Result<EventView, ApiError> {
    use domain::catalogue::event::show_event;

    use crate::server;

    show_event(&server::backend()?, &slug, &filter).await.map_err(server::api_error)
}

/// What is on soon, and what was just listed.
#[server(prefix = "/rpc", endpoint = "show_home", input = GetUrl)]
pub(crate) async fn show_home() -> Result<HomeView, ApiError> {
    use domain::catalogue::home::home;

    use crate::server;

    home(&server::backend()?, server::last_city().as_deref()).await.map_err(server::api_error)
}

/// A venue with one page of its events, by the end of its address.
#[server(prefix = "/rpc", endpoint = "show_venue", input = GetUrl)]
pub(crate) async fn show_venue(slug: String, #[server(default)] after: String) -> Result<VenueView, ApiError> {
    use domain::catalogue::venue::show_venue;

    use crate::server;

    show_venue(&server::backend()?, &slug, &after).await.map_err(server::api_error)
}

/// The events, venues and cities that a reader may mean who has typed `q`. The script of every page calls it.
#[server(prefix = "/rpc", endpoint = "suggest", input = GetUrl)]
pub(crate) async fn suggest(#[server(default)] q: String) -> Result<Vec<Suggestion>, ApiError> {
    use domain::catalogue::suggest::suggest;

    use crate::server;

    suggest(&server::backend()?, &q).await.map_err(server::api_error)
}

/// One page of the events with tickets on sale that match a search. A city that it finds events in is kept for the home
/// page of this browser.
#[server(prefix = "/rpc", endpoint = "search_events", input = GetUrl)]
pub(crate) async fn search_events(#[server(flatten)] search: SearchInput) -> Result<SearchPage, ApiError> {
    use domain::catalogue::search::search as find;

    use crate::server;

    let found = find(&server::backend()?, &search).await.map_err(server::api_error)?;
    if !found.applied.city.is_empty()
        && let Some(event) = found.events.first()
    {
        server::keep_city(&event.city);
    }
    Ok(found)
}
