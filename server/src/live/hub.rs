//! The hub: the followed listings and events, and the latest snapshots of them.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::{
    Backend,
    live::{
        ChangeSet,
        listen::{Listener, Notification},
        snapshot::{Snapshot, listings_of, snapshots},
    },
};
use futures_util::future::join;
use model::{EventId, ListingId, error::causes, live::ListingUpdate, tickets::Availability};
use tokio::{sync::watch, time::MissedTickBehavior};

use crate::slots::Slots;

/// How often everything that is followed is read, with or without a notification. This is the greatest age of
/// what a page shows, whatever notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// How often the hub checks for expired locks, because an expiry sends no notification.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);
/// Streams of one server at once: half of its connections.
const STREAMS: usize = 10_000;
/// Streams of one address. Generous: a family, an office or a telephone network shares one.
const STREAMS_OF_ADDRESS: usize = 200;
/// Listings that one query reads.
const BATCH: usize = 1_000;
/// Events whose listings one query finds.
const EVENTS_BATCH: usize = 100;

/// The latest snapshot of a listing; `None` before the first read.
pub(super) type Latest = Option<Arc<ListingUpdate>>;
/// The latest snapshots of an event's listings. One that was read again without a change stays as it was.
pub(super) type LatestOfEvent = Arc<HashMap<ListingId, Arc<ListingUpdate>>>;

/// The state that this server's event streams share. A listing is read once for all its streams.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    followed: Mutex<Followed>,
    /// Followed listings, and those of followed events, that must be read.
    to_read: ChangeSet,
    /// Followed events whose listings must be found and read.
    to_find: ChangeSet<EventId>,
    slots: Slots,
    over: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Followed {
    listings: HashMap<ListingId, watch::Sender<Latest>>,
    events: HashMap<EventId, watch::Sender<LatestOfEvent>>,
    /// The followed event of each listing that was read for one.
    event_of: HashMap<ListingId, EventId>,
}

impl Default for Hub {
    fn default() -> Self {
        let slots = Slots::new(STREAMS, STREAMS_OF_ADDRESS);
        Self {
            followed: Mutex::default(),
            to_read: ChangeSet::default(),
            to_find: ChangeSet::default(),
            slots,
            over: watch::Sender::default(),
        }
    }
}

impl Live {
    /// Publishes changes of listings for as long as the server runs.
    pub async fn run(&self, backend: &Backend) -> Infallible {
        join(self.listen(backend), self.read(backend)).await.0
    }

    /// Ends every stream for good. The pages reconnect to another server.
    pub fn end(&self) {
        self.0.over.send_replace(true);
    }

    /// Completes when the streams must end.
    pub(super) fn over(&self) -> impl Future<Output = ()> + use<> {
        let mut over = self.0.over.subscribe();
        async move {
            // An error means that the hub was dropped, and the server with it.
            let _ = over.wait_for(|over| *over).await;
        }
    }

    /// The number of streams, in total and per address.
    pub(super) fn slots(&self) -> &Slots {
        &self.0.slots
    }

    /// The number of streams.
    pub(crate) fn viewers(&self) -> i64 {
        i64::try_from(self.0.slots.taken()).unwrap_or(i64::MAX)
    }

    /// Subscribes to a listing, starting with its latest snapshot.
    pub(super) fn watch(&self, listing: ListingId) -> watch::Receiver<Latest> {
        let mut followed = self.followed();
        if let Some(sender) = followed.listings.get(&listing) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        followed.listings.insert(listing, sender);
        drop(followed);
        self.0.to_read.mark(listing);
        receiver
    }

    /// Subscribes to an event, starting with the latest snapshots of its listings.
    pub(super) fn watch_event(&self, event: EventId) -> watch::Receiver<LatestOfEvent> {
        let mut followed = self.followed();
        if let Some(sender) = followed.events.get(&event) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(LatestOfEvent::default());
        followed.events.insert(event, sender);
        drop(followed);
        self.0.to_find.mark(event);
        receiver
    }

    /// Removes the listings that have no stream.
    pub(super) fn forget(&self, listings: &[ListingId]) {
        let mut followed = self.followed();
        for listing in listings {
            if followed.listings.get(listing).is_some_and(|sender| sender.receiver_count() == 0) {
                followed.listings.remove(listing);
            }
        }
    }

    /// Removes the event if it has no stream.
    pub(super) fn forget_event(&self, event: EventId) {
        let mut followed = self.followed();
        if followed.events.get(&event).is_some_and(|sender| sender.receiver_count() == 0) {
            followed.events.remove(&event);
            followed.event_of.retain(|_, of| *of != event);
        }
    }

    async fn listen(&self, backend: &Backend) -> Infallible {
        let mut listener = Listener::new(&backend.db);
        loop {
            match listener.next().await {
                Notification::Listing(event, listing) => {
                    if self.followed().follows(event, listing) {
                        self.0.to_read.mark(listing);
                    }
                }
                Notification::Connected => {
                    let (listings, events) = self.followed().all();
                    for listing in listings {
                        self.0.to_read.mark(listing);
                    }
                    for event in events {
                        self.0.to_find.mark(event);
                    }
                }
            }
        }
    }

    /// The only task that reads listings, one batch after the other, so that no older snapshot replaces a newer one.
    async fn read(&self, backend: &Backend) -> Infallible {
        let mut polls = tokio::time::interval(POLL_INTERVAL);
        let mut ends = tokio::time::interval(EXPIRY_INTERVAL);
        for interval in [&mut polls, &mut ends] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            let (mut listings, events) = tokio::select! {
                listings = self.0.to_read.take() => (listings, Vec::new()),
                events = self.0.to_find.take() => (Vec::new(), events),
                _ = polls.tick() => self.followed().all(),
                _ = ends.tick() => (self.followed().run_out(), Vec::new()),
            };
            for batch in events.chunks(EVENTS_BATCH) {
                match listings_of(backend, batch).await {
                    Ok(found) => listings.extend(found),
                    Err(error) => tracing::debug!(error.causes = causes(&error), "events were not read for streams"),
                }
            }
            listings.sort_unstable();
            listings.dedup();
            for batch in listings.chunks(BATCH) {
                match snapshots(backend, batch).await {
                    Ok(snapshots) => self.followed().broadcast(snapshots),
                    Err(error) => tracing::debug!(error.causes = causes(&error), "listings were not read for streams"),
                }
            }
        }
    }

    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.0.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    /// Whether a page shows the listing, or the event that it is for now or was for when it was read.
    fn follows(&self, event: EventId, listing: ListingId) -> bool {
        self.listings.contains_key(&listing) || self.events.contains_key(&event) || self.event_of.contains_key(&listing)
    }

    /// Every listing that may change by itself or has a stream, and every event.
    fn all(&self) -> (Vec<ListingId>, Vec<EventId>) {
        let mut listings: Vec<_> = self.listings.keys().copied().collect();
        for sender in self.events.values() {
            let latest = sender.borrow();
            listings.extend(latest.values().filter(|update| may_change(&update.availability)).map(|update| update.id));
        }
        (listings, self.events.keys().copied().collect())
    }

    /// The listings of which a lock has expired since their latest snapshot.
    fn run_out(&self) -> Vec<ListingId> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let has_run_out = |update: &ListingUpdate| update.availability.has_run_out(now_ms);
        let followed = self.listings.iter().filter(|(_, sender)| sender.borrow().as_deref().is_some_and(has_run_out));
        let mut listings: Vec<_> = followed.map(|(listing, _)| *listing).collect();
        for sender in self.events.values() {
            listings.extend(sender.borrow().values().filter(|update| has_run_out(update)).map(|update| update.id));
        }
        listings
    }

    fn broadcast(&mut self, snapshots: Vec<Snapshot>) {
        let mut of_events: HashMap<EventId, Vec<Arc<ListingUpdate>>> = HashMap::new();
        for Snapshot { event, update } in snapshots {
            let update = Arc::new(update);
            if let Some(sender) = self.listings.get(&update.id) {
                sender.send_if_modified(|latest| {
                    let is_new = latest.as_deref().is_none_or(|known| !update.equals_apart_from_time(known));
                    *latest = Some(Arc::clone(&update));
                    is_new
                });
            }
            // An edit can move a listing to another event. The page of the former one must hear of it, too.
            let former = if self.events.contains_key(&event) {
                self.event_of.insert(update.id, event)
            } else {
                self.event_of.remove(&update.id)
            };
            for event in former.into_iter().filter(|former| *former != event).chain([event]) {
                of_events.entry(event).or_default().push(Arc::clone(&update));
            }
        }
        for (event, updates) in of_events {
            if let Some(sender) = self.events.get(&event) {
                sender.send_if_modified(|latest| replace(latest, updates));
            }
        }
    }
}

/// Whether it changes without an act of its seller.
fn may_change(availability: &Availability) -> bool {
    matches!(availability, Availability::OnSale | Availability::LockedUntil(_))
}

/// Puts the updates that change something into the map. Returns whether there are any.
fn replace(latest: &mut LatestOfEvent, mut updates: Vec<Arc<ListingUpdate>>) -> bool {
    updates.retain(|update| latest.get(&update.id).is_none_or(|known| !update.equals_apart_from_time(known)));
    if updates.is_empty() {
        return false;
    }
    // The streams hold the former map, so this makes a new one.
    Arc::make_mut(latest).extend(updates.into_iter().map(|update| (update.id, update)));
    true
}
