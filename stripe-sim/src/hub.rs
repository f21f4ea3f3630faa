//! What the parts of a running simulator share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::api::replays::Replays;
use crate::faults::Faults;
use crate::model::{Ledger, Scene};
use crate::webhooks::Parcel;

/// The newest calls kept in the log.
const MAX_LOG: usize = 10_000;

/// One call of the API, as logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// `Request-Id` of the answer.
    pub id: String,
    /// Seconds since the Unix epoch.
    pub at: i64,
    /// `GET` or `POST`.
    pub method: String,
    /// The path without its query: that may hold a client secret.
    pub path: String,
    /// The key sent with it, if any.
    pub idempotency_key: Option<String>,
    /// The status answered, injected ones included.
    pub status: u16,
    /// Whether an earlier answer was repeated instead of executing the call.
    pub replayed: bool,
}

/// Shared by every handler and task. One lock: a call of the API is short and never waits in it.
pub(crate) struct Hub {
    pub(crate) secret_key: String,
    pub(crate) publishable_key: String,
    /// Where browsers find the simulator, without a slash at the end.
    pub(crate) origin: String,
    pub(crate) courier: mpsc::Sender<Parcel>,
    state: Mutex<State>,
}

/// What changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) replays: Replays,
    pub(crate) faults: Faults,
    pub(crate) webhook_urls: Vec<String>,
    pub(crate) log: VecDeque<RequestLine>,
    /// Random choices of the faults; starts anew from their seed whenever they are set.
    pub(crate) dice: Dice,
    /// Counts changes of what a snapshot keeps.
    pub(crate) revision: u64,
}

impl Hub {
    pub(crate) fn new(
        (secret_key, publishable_key): (String, String),
        origin: String,
        courier: mpsc::Sender<Parcel>,
        state: State,
    ) -> Self {
        Self { secret_key, publishable_key, origin, courier, state: Mutex::new(state) }
    }

    /// The state. A panic elsewhere leaves it usable: every change is made by safe, small steps.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one change of the ledger and hands its events to the courier, in order.
    pub(crate) fn play<T>(
        &self,
        state: &mut State,
        request_id: &str,
        idempotency_key: Option<&str>,
        change: impl FnOnce(&mut Scene<'_>) -> T,
    ) -> T {
        let mut scene = Scene {
            ledger: &mut state.ledger,
            faults: &mut state.faults,
            now: crate::ids::now(),
            origin: &self.origin,
            request_id,
            idempotency_key,
            webhooks: state.webhook_urls.len(),
            happened: Vec::new(),
        };
        let outcome = change(&mut scene);
        let happened = scene.happened;
        state.revision += 1;
        for event in happened.iter().filter_map(|id| state.ledger.events.find(id)) {
            for url in &state.webhook_urls {
                let parcel = Parcel::new(event, url.clone());
                if self.courier.try_send(parcel).is_err() {
                    tracing::warn!(event = event.id, "webhook queue full: event not delivered");
                }
            }
        }
        outcome
    }
}

/// Seeded randomness: a run with the same seed and the same calls makes the same choices.
pub(crate) struct Dice(StdRng);

impl Default for Dice {
    fn default() -> Self {
        Self(StdRng::seed_from_u64(0))
    }
}

impl Dice {
    /// True with this probability.
    pub(crate) fn falls(&mut self, ratio: f64) -> bool {
        self.0.random::<f64>() < ratio
    }
}

impl State {
    /// Sets the faults and starts the random choices anew.
    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.dice = Dice(StdRng::seed_from_u64(faults.seed));
        self.faults = faults;
    }

    /// Adds a line to the log; the oldest makes room.
    pub(crate) fn note(&mut self, line: RequestLine) {
        if self.log.len() >= MAX_LOG {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }
}
