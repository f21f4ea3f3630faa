//! The hub: the followed listings, and the latest snapshot of each.

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
        snapshot::snapshots,
    },
};
use futures_util::future::join;
use model::{ListingId, error::causes, live::ListingUpdate};
use tokio::{sync::watch, time::MissedTickBehavior};

use crate::slots::Slots;

/// How often every followed listing is read, with or without a notification. This is the greatest age of
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

/// The latest snapshot of a listing; `None` before the first read.
pub(super) type Latest = Option<Arc<ListingUpdate>>;

/// The state that this server's event streams share. A listing is read once for all its streams.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    watched: Mutex<HashMap<ListingId, watch::Sender<Latest>>>,
    /// Followed listings that must be read.
    to_read: ChangeSet,
    slots: Slots,
    over: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        let slots = Slots::new(STREAMS, STREAMS_OF_ADDRESS);
        Self { watched: Mutex::default(), to_read: ChangeSet::default(), slots, over: watch::Sender::default() }
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
        let mut watched = self.watched();
        if let Some(sender) = watched.get(&listing) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        watched.insert(listing, sender);
        drop(watched);
        self.0.to_read.mark(listing);
        receiver
    }

    /// Removes the listings that have no stream.
    pub(super) fn forget(&self, listings: &[ListingId]) {
        let mut watched = self.watched();
        for listing in listings {
            if watched.get(listing).is_some_and(|sender| sender.receiver_count() == 0) {
                watched.remove(listing);
            }
        }
    }

    async fn listen(&self, backend: &Backend) -> Infallible {
        let mut listener = Listener::new(&backend.db);
        loop {
            match listener.next().await {
                Notification::Listing(listing) if self.watched().contains_key(&listing) => self.0.to_read.mark(listing),
                Notification::Listing(_) => {}
                Notification::Connected => self.all().into_iter().for_each(|listing| self.0.to_read.mark(listing)),
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
            let listings = tokio::select! {
                listings = self.0.to_read.take() => listings,
                _ = polls.tick() => self.all(),
                _ = ends.tick() => self.run_out(),
            };
            for batch in listings.chunks(BATCH) {
                match snapshots(backend, batch).await {
                    Ok(updates) => self.broadcast(updates),
                    Err(error) => tracing::debug!(error.causes = causes(&error), "listings were not read for streams"),
                }
            }
        }
    }

    fn broadcast(&self, updates: Vec<ListingUpdate>) {
        let watched = self.watched();
        for update in updates {
            let Some(sender) = watched.get(&update.id) else { continue };
            sender.send_if_modified(|latest| {
                let is_new = latest.as_deref().is_none_or(|known| !update.equals_apart_from_time(known));
                *latest = Some(Arc::new(update));
                is_new
            });
        }
    }

    fn all(&self) -> Vec<ListingId> {
        self.watched().keys().copied().collect()
    }

    /// The listings of which a lock has expired since their latest snapshot.
    fn run_out(&self) -> Vec<ListingId> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let is_over = |latest: &Latest| latest.as_deref().is_some_and(|update| update.availability.has_run_out(now_ms));
        let watched = self.watched();
        watched.iter().filter(|(_, sender)| is_over(&sender.borrow())).map(|(listing, _)| *listing).collect()
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<ListingId, watch::Sender<Latest>>> {
        self.0.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
