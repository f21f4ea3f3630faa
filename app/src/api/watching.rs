//! Watching events and listings.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    ListingId, WatchId,
    watching::{Watch, WatchedView},
};

use crate::ApiError;

/// All that the user watches, soonest event first.
#[server(prefix = "/rpc", endpoint = "my_watches", input = GetUrl)]
pub(crate) async fn my_watches() -> Result<Vec<WatchedView>, ApiError> {
    use domain::watching::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user).await.map_err(server::api_error)
}

/// How the user watches an event, by the end of its address; nothing if they do not.
#[server(prefix = "/rpc", endpoint = "event_watch", input = GetUrl)]
pub(crate) async fn event_watch(event: String) -> Result<Option<Watch>, ApiError> {
    use domain::watching::mine::of_event;

    use crate::server;

    let user = server::user()?;
    of_event(&server::backend()?, user, &event).await.map_err(server::api_error)
}

/// Watches an event, by the end of its address, or changes how, and redirects to its page. `under` is the highest price
/// that is told, as it is typed.
#[server(prefix = "/rpc", endpoint = "watch_event")]
pub(crate) async fn watch_event(
    event: String,
    #[server(default)] under: String,
    #[server(default)] at_once: bool,
) -> Result<(), ApiError> {
    use domain::watching::watch::watch_event;

    use crate::{
        paths::event_page,
        server::{self, Said},
    };

    let user = server::user()?;
    let slug = watch_event(&server::backend()?, user, &event, &under, at_once).await.map_err(server::api_error)?;
    server::say(if at_once { Said::WatchingAtOnce } else { Said::WatchingDaily });
    leptos_axum::redirect(&event_page(&slug));
    Ok(())
}

/// Watches a listing, and redirects to all that the user watches.
#[server(prefix = "/rpc", endpoint = "watch_listing")]
pub(crate) async fn watch_listing(ticket: ListingId, #[server(default)] at_once: bool) -> Result<(), ApiError> {
    use domain::watching::watch::watch_listing;

    use crate::server::{self, Said};

    let user = server::user()?;
    watch_listing(&server::backend()?, user, ticket, at_once).await.map_err(server::api_error)?;
    server::say(if at_once { Said::WatchingAtOnce } else { Said::WatchingDaily });
    leptos_axum::redirect("/watching");
    Ok(())
}

/// Tells the news of one of the user's watches at once, or once a day, and redirects to all that the user watches.
#[server(prefix = "/rpc", endpoint = "set_watch")]
pub(crate) async fn set_watch(watch: WatchId, at_once: bool) -> Result<(), ApiError> {
    use domain::watching::change::set_at_once;

    use crate::server::{self, Said};

    let user = server::user()?;
    set_at_once(&server::backend()?, user, watch, at_once).await.map_err(server::api_error)?;
    server::say(if at_once { Said::WatchingAtOnce } else { Said::WatchingDaily });
    leptos_axum::redirect("/watching");
    Ok(())
}

/// Ends one of the user's watches, and redirects to `next` or else to all that the user watches.
#[server(prefix = "/rpc", endpoint = "stop_watch")]
pub(crate) async fn stop_watch(watch: WatchId, next: Option<String>) -> Result<(), ApiError> {
    use domain::watching::change::stop;

    use crate::{
        paths::local_path,
        server::{self, Said},
    };

    let user = server::user()?;
    stop(&server::backend()?, user, watch).await.map_err(server::api_error)?;
    server::say(Said::StoppedWatching);
    leptos_axum::redirect(next.as_deref().and_then(local_path).unwrap_or("/watching"));
    Ok(())
}
