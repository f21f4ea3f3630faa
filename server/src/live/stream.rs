//! `GET /live/tickets?ids=…`: a stream of server-sent events.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
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
use model::{Code, ListingId, tickets::PAGE_SIZE};
use serde::Deserialize;
use tokio_stream::wrappers::WatchStream;

use super::{Live, hub::Latest};
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
    let address = state.proxies.client(peer(&request), request.headers());
    let slot = state.live.slots().take(address).ok_or(Code::Unavailable)?;
    let events = Sse::new(events(state.live.clone(), listings, slot)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], events).into_response())
}

fn listings(ids: &str) -> Option<Vec<ListingId>> {
    let listings: Vec<ListingId> = ids.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    (listings.len() <= PAGE_SIZE).then_some(listings)
}

fn events(live: Live, listings: Vec<ListingId>, slot: Slot) -> impl Stream<Item = Result<Event, Infallible>> {
    let over = live.over();
    let beginning = stream::iter([Event::default().retry(reconnect_delay())]);
    let updates = UpdateStream::new(live, listings, slot).take_until(over);
    let updates = updates.filter_map(async |latest| Event::default().json_data(&*latest?).ok());
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

fn reconnect_delay() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(RECONNECT_MS + u64::from(now.subsec_nanos()) % RECONNECT_SPREAD_MS)
}
