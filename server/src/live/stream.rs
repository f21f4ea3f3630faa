//! `GET /live/tickets?ids=…` and `GET /live/events?id=…`: streams of server-sent events.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{
    Stream, StreamExt,
    stream::{self, SelectAll},
};
use model::{Code, EventId, ListingId, live::ListingUpdate, tickets::PAGE_SIZE};
use serde::Deserialize;
use tokio_stream::wrappers::WatchStream;

use super::{
    Live,
    hub::{Latest, LatestOfEvent},
};
use crate::{errors::ErrorResponse, proxies::peer, slots::Slot, state::SharedState};

/// How often a stream sends a comment, so that no proxy closes it as idle.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a page waits before it reconnects to a stream that ended, and the most random delay that is added:
/// the pages of a replaced server do not reconnect all at once.
const RECONNECT_MS: u64 = 1_000;
const RECONNECT_SPREAD_MS: u64 = 3_000;

/// The header that tells nginx not to buffer the response.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

#[derive(Debug, Deserialize)]
pub(crate) struct StreamQuery {
    /// Ids separated by commas, at most as many as a page of a list shows.
    ids: String,
}

/// Sends the state of listings, at first and after each change. Listings are public, so the stream needs no
/// session.
pub(crate) async fn stream(
    State(state): State<SharedState>,
    asked: Result<Query<StreamQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, ErrorResponse> {
    let listings = asked.ok().and_then(|Query(asked)| listings(&asked.ids)).ok_or(Code::TicketNotFound)?;
    let slot = slot(&state, &request)?;
    let updates = UpdateStream::new(state.live.clone(), listings, slot);
    Ok(respond(&state.live, updates.filter_map(async |latest| latest)))
}

#[derive(Debug, Deserialize)]
pub(crate) struct EventStreamQuery {
    id: EventId,
    /// The [`EventView::as_of_us`](model::events::EventView::as_of_us) of the page, which needs only what was read later.
    #[serde(default)]
    since: i64,
}

/// Sends the state of the listings of an event, at first and after each change, so that a page of any number of them
/// follows one thing. A new listing is a change.
pub(crate) async fn stream_event(
    State(state): State<SharedState>,
    asked: Result<Query<EventStreamQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, ErrorResponse> {
    let Ok(Query(EventStreamQuery { id, since })) = asked else { return Err(Code::EventNotFound.into()) };
    let slot = slot(&state, &request)?;
    let updates = EventUpdateStream::new(state.live.clone(), id, since, slot);
    Ok(respond(&state.live, updates.flat_map(stream::iter)))
}

fn slot(state: &SharedState, request: &Request) -> Result<Slot, Code> {
    let address = state.proxies.client(peer(request), request.headers());
    state.live.slots().take(address).ok_or(Code::Unavailable)
}

fn respond(live: &Live, updates: impl Stream<Item = Arc<ListingUpdate>> + Send + 'static) -> Response {
    let events = Sse::new(events(live.over(), updates)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    ([UNBUFFERED, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], events).into_response()
}

fn listings(ids: &str) -> Option<Vec<ListingId>> {
    let listings: Vec<ListingId> = ids.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    (listings.len() <= PAGE_SIZE).then_some(listings)
}

fn events(
    over: impl Future<Output = ()>,
    updates: impl Stream<Item = Arc<ListingUpdate>>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let beginning = stream::iter([Event::default().retry(reconnect_delay())]);
    let updates = updates.take_until(over);
    let updates = updates.filter_map(async |update| Event::default().json_data(&*update).ok());
    beginning.chain(updates).map(Ok)
}

/// The listings of one stream, until it closes.
struct UpdateStream {
    updates: SelectAll<WatchStream<Latest>>,
    live: Live,
    listings: Vec<ListingId>,
    _slot: Slot,
}

impl UpdateStream {
    fn new(live: Live, listings: Vec<ListingId>, slot: Slot) -> Self {
        let updates = stream::select_all(listings.iter().map(|listing| WatchStream::new(live.watch(*listing))));
        Self { updates, live, listings, _slot: slot }
    }
}

impl Stream for UpdateStream {
    type Item = Latest;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Latest>> {
        self.updates.poll_next_unpin(context)
    }
}

impl Drop for UpdateStream {
    fn drop(&mut self) {
        self.updates.clear();
        self.live.forget(&self.listings);
    }
}

/// The listings of an event for one stream, until it closes. Each item is what the stream has not sent yet.
struct EventUpdateStream {
    latest: Option<WatchStream<LatestOfEvent>>,
    sent: LatestOfEvent,
    since: i64,
    live: Live,
    event: EventId,
    _slot: Slot,
}

impl EventUpdateStream {
    fn new(live: Live, event: EventId, since: i64, slot: Slot) -> Self {
        let latest = Some(WatchStream::new(live.watch_event(event)));
        Self { latest, sent: LatestOfEvent::default(), since, live, event, _slot: slot }
    }

    fn unsent(&mut self, latest: LatestOfEvent) -> Vec<Arc<ListingUpdate>> {
        let is_new = |update: &&Arc<ListingUpdate>| {
            update.as_of_us > self.since && self.sent.get(&update.id).is_none_or(|sent| !Arc::ptr_eq(sent, update))
        };
        let unsent = latest.values().filter(is_new).cloned().collect();
        self.sent = latest;
        unsent
    }
}

impl Stream for EventUpdateStream {
    type Item = Vec<Arc<ListingUpdate>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(latest) = &mut self.latest else { return Poll::Ready(None) };
        let latest = ready!(latest.poll_next_unpin(context));
        Poll::Ready(latest.map(|latest| self.unsent(latest)))
    }
}

impl Drop for EventUpdateStream {
    fn drop(&mut self) {
        self.latest = None;
        self.live.forget_event(self.event);
    }
}

fn reconnect_delay() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(RECONNECT_MS + u64::from(now.subsec_nanos()) % RECONNECT_SPREAD_MS)
}
