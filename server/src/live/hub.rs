//! Who looks at which ticket, and the last that is known of it.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::{
    Backend,
    live::{
        Changes,
        hear::{Ear, Heard},
        news::news,
    },
};
use futures_util::future::join;
use model::{TicketId, error::causes, live::TicketNews};
use tokio::{sync::watch, time::MissedTickBehavior};

use super::places::Places;

/// How often every ticket that somebody looks at is read, whether or not anything was heard of it: so old
/// is what a page shows at most, whatever was missed.
const LOOK: Duration = Duration::from_secs(15);
/// How often locks are looked for whose time is up, because nothing happens then that would be heard of.
const ENDS: Duration = Duration::from_secs(1);
/// How many tickets are read at once.
const BATCH: usize = 1_000;

/// The last that is known of a ticket; nothing before it was first read.
pub(super) type Latest = Option<Arc<TicketNews>>;

/// What this server's event streams share. A ticket is read once for all who look at it.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Hub>);

#[derive(Debug, Default)]
struct Hub {
    watched: Mutex<HashMap<TicketId, watch::Sender<Latest>>>,
    /// Watched tickets that are to be read.
    to_read: Changes,
    places: Places,
    over: watch::Sender<bool>,
}

impl Live {
    /// Tells of tickets what is heard of them, for as long as the server runs.
    pub async fn keep_up(&self, backend: &Backend) -> Infallible {
        join(self.listen(backend), self.read(backend)).await.0
    }

    /// Ends every stream, for good: their readers come back, to another server.
    pub fn end(&self) {
        self.0.over.send_replace(true);
    }

    /// Completes when the streams are to end.
    pub(super) fn over(&self) -> impl Future<Output = ()> + use<> {
        let mut over = self.0.over.subscribe();
        async move {
            // An error means that the hub is gone, and the server with it.
            let _ = over.wait_for(|over| *over).await;
        }
    }

    /// How many streams there are, and from where.
    pub(super) fn places(&self) -> &Places {
        &self.0.places
    }

    /// How many streams there are.
    pub(crate) fn viewers(&self) -> i64 {
        i64::try_from(self.0.places.taken()).unwrap_or(i64::MAX)
    }

    /// Follows a ticket, from what is known of it on.
    pub(super) fn watch(&self, ticket: TicketId) -> watch::Receiver<Latest> {
        let mut watched = self.watched();
        if let Some(sender) = watched.get(&ticket) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        watched.insert(ticket, sender);
        drop(watched);
        self.0.to_read.note(ticket);
        receiver
    }

    /// Forgets the tickets that nobody follows any more.
    pub(super) fn forget(&self, tickets: &[TicketId]) {
        let mut watched = self.watched();
        for ticket in tickets {
            if watched.get(ticket).is_some_and(|sender| sender.receiver_count() == 0) {
                watched.remove(ticket);
            }
        }
    }

    async fn listen(&self, backend: &Backend) -> Infallible {
        let mut ear = Ear::new(&backend.db);
        loop {
            match ear.hear().await {
                Heard::Ticket(ticket) if self.watched().contains_key(&ticket) => self.0.to_read.note(ticket),
                Heard::Ticket(_) => {}
                Heard::Beginning => self.all().into_iter().for_each(|ticket| self.0.to_read.note(ticket)),
            }
        }
    }

    /// The one place where tickets are read, one time after the other: no older news overtakes newer.
    async fn read(&self, backend: &Backend) -> Infallible {
        let mut looks = tokio::time::interval(LOOK);
        let mut ends = tokio::time::interval(ENDS);
        for interval in [&mut looks, &mut ends] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            let tickets = tokio::select! {
                tickets = self.0.to_read.take() => tickets,
                _ = looks.tick() => self.all(),
                _ = ends.tick() => self.run_out(),
            };
            for batch in tickets.chunks(BATCH) {
                match news(backend, batch).await {
                    Ok(news) => self.tell(news),
                    Err(error) => tracing::debug!(error.causes = causes(&error), "tickets were not read for streams"),
                }
            }
        }
    }

    fn tell(&self, news: Vec<TicketNews>) {
        let watched = self.watched();
        for news in news {
            let Some(sender) = watched.get(&news.id) else { continue };
            sender.send_if_modified(|latest| {
                let is_new = latest.as_deref().is_none_or(|known| !news.say_the_same_as(known));
                *latest = Some(Arc::new(news));
                is_new
            });
        }
    }

    fn all(&self) -> Vec<TicketId> {
        self.watched().keys().copied().collect()
    }

    /// Those that are known as locked until a moment that has passed.
    fn run_out(&self) -> Vec<TicketId> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let is_over = |latest: &Latest| latest.as_deref().is_some_and(|news| news.availability.has_run_out(now_ms));
        let watched = self.watched();
        watched.iter().filter(|(_, sender)| is_over(&sender.borrow())).map(|(ticket, _)| *ticket).collect()
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<TicketId, watch::Sender<Latest>>> {
        self.0.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
