//! Webhooks: a schedule of deliveries, owned by one task.
//!
//! Events about one intent are delivered one after another, so that without faults they arrive in
//! the order in which they happened. A delivery that fails is tried again later and lets the next
//! ones pass, as at Stripe, which promises no order at all.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::hub::Hub;
use crate::model::event::Event;
use crate::{ids, signature};

/// Events that may wait between the API and the schedule.
pub(crate) const QUEUE: usize = 10_000;
/// Deliveries that may wait in the schedule.
const MAX_WAITING: usize = 20_000;
/// Deliveries under way at once.
const MAX_IN_FLIGHT: usize = 8;
/// Tries of one delivery, the first included.
const MAX_ATTEMPTS: u32 = 8;
/// A receiver that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_mins(1);
/// How long the first event of a pair waits for a second to let pass.
const PAIR_WAIT: Duration = Duration::from_millis(400);
/// How far the swapped event of a pair stays behind.
const PAIR_GAP: Duration = Duration::from_millis(50);

/// One event for one URL.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    event: String,
    kind: String,
    /// Parcels of one lane go one after another; copies have none and may overtake.
    lane: Option<String>,
    url: String,
    body: String,
    attempts: u32,
}

impl Parcel {
    pub(crate) fn new(event: &Event, url: String) -> Self {
        Self {
            event: event.id.clone(),
            kind: event.kind.clone(),
            lane: Some(format!("{url} {}", event.lane)),
            url,
            body: event.body.clone(),
            attempts: 0,
        }
    }
}

/// The task that delivers.
pub(crate) struct Courier {
    hub: Arc<Hub>,
    secret: Arc<str>,
    first_pause: Duration,
    client: reqwest::Client,
    waiting: BTreeMap<(Instant, u64), Parcel>,
    /// Tells parcels of the same instant apart, in order.
    count: u64,
    busy: HashSet<String>,
    in_flight: JoinSet<(Parcel, bool)>,
    /// Under `webhook_reorder`: the place of the parcel that waits for another to pass it.
    held: Option<(Instant, u64)>,
}

impl Courier {
    pub(crate) fn new(hub: Arc<Hub>, secret: String, first_pause: Duration) -> Result<Self, reqwest::Error> {
        // No redirects: Stripe takes one for a failure. No proxy: receivers are on this machine.
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .build()?;
        Ok(Self {
            hub,
            secret: secret.into(),
            first_pause,
            client,
            waiting: BTreeMap::new(),
            count: 0,
            busy: HashSet::new(),
            in_flight: JoinSet::new(),
            held: None,
        })
    }

    /// Delivers until told to stop.
    pub(crate) async fn run(mut self, mut parcels: mpsc::Receiver<Parcel>, mut stop: watch::Receiver<bool>) {
        loop {
            self.send_due();
            let next = self.next_due();
            tokio::select! {
                _ = stop.changed() => return,
                Some(parcel) = parcels.recv() => self.accept(parcel),
                Some(done) = self.in_flight.join_next() => {
                    if let Ok((parcel, delivered)) = done {
                        self.settle(parcel, delivered);
                    }
                }
                () = until(next) => {}
            }
        }
    }

    /// Takes a new parcel in, with whatever is to go wrong with it.
    fn accept(&mut self, parcel: Parcel) {
        let (faults, dropped) = {
            let mut state = self.hub.lock();
            let faults = state.faults.clone();
            let dropped = state.dice.falls(faults.webhook_drop_ratio) || faults.webhook_drop;
            (faults, dropped)
        };
        if dropped {
            tracing::info!(event = parcel.event, kind = parcel.kind, "webhook dropped on purpose");
            return;
        }
        let at = self.due(&parcel, &faults);
        for _ in 0..faults.webhook_duplicate {
            self.schedule(at, Parcel { lane: None, ..parcel.clone() });
        }
        let place = self.schedule(at, parcel);
        if faults.webhook_reorder {
            self.held = self.held.is_none().then_some(place);
        }
    }

    /// When a new parcel goes out. Of a pair to be swapped the first is put behind the second.
    fn due(&mut self, parcel: &Parcel, faults: &Faults) -> Instant {
        let at = Instant::now() + Duration::from_millis(faults.webhook_delay_ms);
        if !faults.webhook_reorder {
            return at;
        }
        let Some(earlier) = self.held.and_then(|place| self.waiting.remove(&place)) else {
            // The first of a pair, or its first has gone out already.
            self.held = None;
            return at + PAIR_WAIT;
        };
        tracing::info!(first = parcel.kind, second = earlier.kind, "webhooks swapped on purpose");
        self.schedule(at + PAIR_GAP, earlier);
        at
    }

    fn schedule(&mut self, at: Instant, parcel: Parcel) -> (Instant, u64) {
        self.count += 1;
        let place = (at, self.count);
        if self.waiting.len() < MAX_WAITING {
            self.waiting.insert(place, parcel);
        } else {
            tracing::warn!(event = parcel.event, "webhook schedule full: event not delivered");
        }
        place
    }

    /// Starts what is due, as far as there is room and the lane is free.
    fn send_due(&mut self) {
        let now = Instant::now();
        while self.in_flight.len() < MAX_IN_FLIGHT {
            let free = |parcel: &Parcel| parcel.lane.as_ref().is_none_or(|lane| !self.busy.contains(lane));
            let due = self.waiting.iter().take_while(|((at, _), _)| *at <= now);
            let Some(place) = due.into_iter().find(|(_, parcel)| free(parcel)).map(|(place, _)| *place) else {
                return;
            };
            let Some(parcel) = self.waiting.remove(&place) else {
                return;
            };
            if let Some(lane) = &parcel.lane {
                self.busy.insert(lane.clone());
            }
            let (client, secret) = (self.client.clone(), Arc::clone(&self.secret));
            self.in_flight.spawn(async move {
                let delivered = deliver(&client, &secret, &parcel).await;
                (parcel, delivered)
            });
        }
    }

    /// The next moment at which there may be something to send.
    fn next_due(&self) -> Option<Instant> {
        let now = Instant::now();
        self.waiting.keys().map(|(at, _)| *at).find(|at| *at > now)
    }

    fn settle(&mut self, mut parcel: Parcel, delivered: bool) {
        if let Some(lane) = &parcel.lane {
            self.busy.remove(lane);
        }
        parcel.attempts += 1;
        if delivered {
            // A copy settles nothing: the original is still owed.
            if parcel.lane.is_some() {
                let mut state = self.hub.lock();
                if let Some(event) = state.ledger.events.find_mut(&parcel.event) {
                    event.pending = event.pending.saturating_sub(1);
                }
                state.revision += 1;
            }
        } else if parcel.attempts >= MAX_ATTEMPTS {
            tracing::warn!(event = parcel.event, kind = parcel.kind, "webhook given up");
        } else {
            let pause = pause_after(self.first_pause, parcel.attempts);
            self.schedule(Instant::now() + pause, parcel);
        }
    }
}

/// Twice as long after each try.
fn pause_after(first: Duration, attempts: u32) -> Duration {
    let times = 1_u32 << attempts.saturating_sub(1).min(16);
    first.saturating_mul(times).min(MAX_PAUSE)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// One try. Signed anew each time: receivers refuse an old timestamp.
async fn deliver(client: &reqwest::Client, secret: &str, parcel: &Parcel) -> bool {
    let outcome = client
        .post(&parcel.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("stripe-signature", signature::sign(&parcel.body, secret, ids::now()))
        .body(parcel.body.clone())
        .send()
        .await;
    match outcome {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::info!(event = parcel.event, kind = parcel.kind, status, "webhook refused");
            false
        }
        Err(error) => {
            tracing::info!(event = parcel.event, kind = parcel.kind, %error, "webhook not delivered");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let first = Duration::from_millis(500);
        let pauses: Vec<u128> = (1..=8).map(|n| pause_after(first, n).as_millis()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    }
}
