//! The state that all parts of a running simulator share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::clock;
use crate::delivery::Delivery;
use crate::faults::Faults;
use crate::idempotency::IdempotencyKeys;
use crate::model::database::{Database, Transaction};

/// Requests kept in the log; the newest stay.
const LOG_CAPACITY: usize = 10_000;

/// One API request in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// `Request-Id` of the response.
    pub id: String,
    /// Seconds since the Unix epoch.
    pub at: i64,
    /// `GET` or `POST`.
    pub method: String,
    /// The path without its query, which may hold a client secret.
    pub path: String,
    /// The idempotency key of the request, if it has one.
    pub idempotency_key: Option<String>,
    /// The status of the response, injected ones included.
    pub status: u16,
    /// Whether the response repeats an earlier one and nothing was executed.
    pub replayed: bool,
}

/// What every handler and task shares. One mutex is enough: an API request is short and never waits
/// while it holds the guard.
pub(crate) struct AppState {
    pub(crate) secret_key: String,
    pub(crate) publishable_key: String,
    /// The URL under which browsers reach the simulator, without a slash at the end.
    pub(crate) origin: String,
    deliveries: mpsc::Sender<Delivery>,
    state: Mutex<State>,
}

/// The part that changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) db: Database,
    pub(crate) idempotency_keys: IdempotencyKeys,
    pub(crate) faults: Faults,
    pub(crate) webhook_urls: Vec<String>,
    pub(crate) log: VecDeque<LoggedRequest>,
    /// Random choices of the faults. Setting the faults seeds it again.
    pub(crate) rng: Rng,
    /// Counts changes to what the state file keeps.
    pub(crate) revision: u64,
}

impl AppState {
    pub(crate) fn new(
        (secret_key, publishable_key): (String, String),
        origin: String,
        deliveries: mpsc::Sender<Delivery>,
        state: State,
    ) -> Self {
        Self { secret_key, publishable_key, origin, deliveries, state: Mutex::new(state) }
    }

    /// Locks the state. A panic elsewhere leaves it usable, as each change is a series of small, safe
    /// steps; so a poisoned mutex is no error.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one change of the database and queues its events for delivery, in order.
    pub(crate) fn transact<T>(
        &self,
        state: &mut State,
        request_id: &str,
        idempotency_key: Option<&str>,
        change: impl FnOnce(&mut Transaction<'_>) -> T,
    ) -> T {
        let mut tx = Transaction {
            db: &mut state.db,
            faults: &mut state.faults,
            now: clock::now(),
            origin: &self.origin,
            request_id,
            idempotency_key,
            webhooks: state.webhook_urls.len(),
            event_ids: Vec::new(),
        };
        let outcome = change(&mut tx);
        let event_ids = tx.event_ids;
        state.revision += 1;
        for event in event_ids.iter().filter_map(|id| state.db.events.find(id)) {
            for url in &state.webhook_urls {
                let delivery = Delivery::new(event, url.clone());
                if self.deliveries.try_send(delivery).is_err() {
                    tracing::warn!(event = event.id, "webhook queue is full: event not delivered");
                }
            }
        }
        outcome
    }
}

/// Seeded randomness: the same seed and the same requests lead to the same choices.
pub(crate) struct Rng(StdRng);

impl Rng {
    fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }
}

impl Default for Rng {
    fn default() -> Self {
        Self::seeded(0)
    }
}

impl State {
    /// Sets the faults and seeds the random choices again.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.rng = Rng::seeded(faults.seed);
        self.faults = faults;
    }

    /// Logs a request. A full log drops its oldest entry.
    pub(crate) fn log_request(&mut self, request: LoggedRequest) {
        if self.log.len() >= LOG_CAPACITY {
            self.log.pop_front();
        }
        self.log.push_back(request);
    }
}
