//! Webhooks: a schedule of deliveries, owned by one task.
//!
//! Events about one intent are delivered one after another, so without faults they arrive in the
//! order in which they happened. A delivery that fails is retried later, and the next ones go out
//! meanwhile. Stripe does the same: it promises no order at all.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::delivery::Delivery;
use crate::faults::Faults;
use crate::state::AppState;
use crate::{clock, signature};

/// Deliveries that may wait between the API and the schedule.
pub(crate) const QUEUE_CAPACITY: usize = 10_000;
/// Deliveries that may wait in the schedule.
const SCHEDULE_CAPACITY: usize = 20_000;
/// Deliveries in flight at once.
const MAX_IN_FLIGHT: usize = 8;
/// Attempts at one delivery, the first included.
const MAX_ATTEMPTS: u32 = 8;
/// A receiver that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest backoff between two attempts.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// How long the first delivery of a pair waits for a second one to overtake it.
const PAIR_WAIT: Duration = Duration::from_millis(400);
/// How far the overtaken delivery stays behind.
const PAIR_GAP: Duration = Duration::from_millis(50);

/// When a delivery is due, and a number that orders deliveries due at the same instant.
type Slot = (Instant, u64);

/// The task that delivers webhooks.
pub(crate) struct WebhookDispatcher {
    app: Arc<AppState>,
    secret: Arc<str>,
    first_backoff: Duration,
    client: reqwest::Client,
    schedule: BTreeMap<Slot, Delivery>,
    /// The number of the newest slot.
    last_slot: u64,
    /// Ordering keys of the deliveries in flight.
    busy_keys: HashSet<String>,
    in_flight: JoinSet<(Delivery, bool)>,
    /// Under `webhook_reorder`: the delivery that waits for another one to overtake it.
    to_overtake: Option<Slot>,
}

impl WebhookDispatcher {
    pub(crate) fn new(app: Arc<AppState>, secret: String, first_backoff: Duration) -> Result<Self, reqwest::Error> {
        // No redirects: Stripe counts one as a failure. No proxy: receivers are on this machine.
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .build()?;
        Ok(Self {
            app,
            secret: secret.into(),
            first_backoff,
            client,
            schedule: BTreeMap::new(),
            last_slot: 0,
            busy_keys: HashSet::new(),
            in_flight: JoinSet::new(),
            to_overtake: None,
        })
    }

    /// Delivers until `stop` changes.
    pub(crate) async fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>, mut stop: watch::Receiver<bool>) {
        loop {
            self.send_due();
            let next = self.next_due();
            tokio::select! {
                _ = stop.changed() => return,
                Some(delivery) = deliveries.recv() => self.accept(delivery),
                Some(attempt) = self.in_flight.join_next() => {
                    if let Ok((delivery, delivered)) = attempt {
                        self.finish(delivery, delivered);
                    }
                }
                () = sleep_until(next) => {}
            }
        }
    }

    /// Schedules a new delivery and applies the faults to it.
    fn accept(&mut self, delivery: Delivery) {
        let (faults, dropped) = {
            let mut state = self.app.lock();
            let faults = state.faults.clone();
            let dropped = state.rng.chance(faults.webhook_drop_ratio) || faults.webhook_drop;
            (faults, dropped)
        };
        if dropped {
            tracing::info!(event = delivery.event, kind = delivery.kind, "webhook dropped by a fault");
            return;
        }
        let at = self.due(&delivery, &faults);
        for _ in 0..faults.webhook_duplicate {
            self.schedule(at, Delivery { ordering_key: None, ..delivery.clone() });
        }
        let slot = self.schedule(at, delivery);
        if faults.webhook_reorder {
            self.to_overtake = self.to_overtake.is_none().then_some(slot);
        }
    }

    /// When a new delivery is due. The second of a pair moves the first behind itself.
    fn due(&mut self, delivery: &Delivery, faults: &Faults) -> Instant {
        let at = Instant::now() + Duration::from_millis(faults.webhook_delay_ms);
        if !faults.webhook_reorder {
            return at;
        }
        let Some(earlier) = self.to_overtake.and_then(|slot| self.schedule.remove(&slot)) else {
            // This is the first of a pair, or the first one has gone out already.
            self.to_overtake = None;
            return at + PAIR_WAIT;
        };
        tracing::info!(first = delivery.kind, second = earlier.kind, "webhooks reordered by a fault");
        self.schedule(at + PAIR_GAP, earlier);
        at
    }

    fn schedule(&mut self, at: Instant, delivery: Delivery) -> Slot {
        self.last_slot += 1;
        let slot = (at, self.last_slot);
        if self.schedule.len() < SCHEDULE_CAPACITY {
            self.schedule.insert(slot, delivery);
        } else {
            tracing::warn!(event = delivery.event, "webhook schedule is full: event not delivered");
        }
        slot
    }

    /// Sends what is due, while there is room and no delivery with the same key is in flight.
    fn send_due(&mut self) {
        let now = Instant::now();
        while self.in_flight.len() < MAX_IN_FLIGHT {
            let may_go =
                |delivery: &Delivery| delivery.ordering_key.as_ref().is_none_or(|key| !self.busy_keys.contains(key));
            let mut due = self.schedule.iter().take_while(|((at, _), _)| *at <= now);
            let Some(slot) = due.find(|(_, delivery)| may_go(delivery)).map(|(slot, _)| *slot) else {
                return;
            };
            let Some(delivery) = self.schedule.remove(&slot) else {
                return;
            };
            if let Some(key) = &delivery.ordering_key {
                self.busy_keys.insert(key.clone());
            }
            let (client, secret) = (self.client.clone(), Arc::clone(&self.secret));
            self.in_flight.spawn(async move {
                let delivered = deliver(&client, &secret, &delivery).await;
                (delivery, delivered)
            });
        }
    }

    /// The next time at which a delivery becomes due.
    fn next_due(&self) -> Option<Instant> {
        let now = Instant::now();
        self.schedule.keys().map(|(at, _)| *at).find(|at| *at > now)
    }

    /// Records an attempt, and schedules the next one after a failure.
    fn finish(&mut self, mut delivery: Delivery, delivered: bool) {
        if let Some(key) = &delivery.ordering_key {
            self.busy_keys.remove(key);
        }
        delivery.attempts += 1;
        if delivered {
            // A duplicate does not count: the original is still pending.
            if delivery.ordering_key.is_some() {
                let mut state = self.app.lock();
                if let Some(event) = state.db.events.find_mut(&delivery.event) {
                    event.pending = event.pending.saturating_sub(1);
                }
                state.revision += 1;
            }
        } else if delivery.attempts >= MAX_ATTEMPTS {
            tracing::warn!(event = delivery.event, kind = delivery.kind, "webhook given up after its last attempt");
        } else {
            let backoff = backoff(self.first_backoff, delivery.attempts);
            self.schedule(Instant::now() + backoff, delivery);
        }
    }
}

/// The wait after this many attempts. It doubles with each, up to [`MAX_BACKOFF`].
fn backoff(first: Duration, attempts: u32) -> Duration {
    let factor = 1_u32 << attempts.saturating_sub(1).min(16);
    first.saturating_mul(factor).min(MAX_BACKOFF)
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// One attempt. Each is signed anew, as receivers refuse an old timestamp.
async fn deliver(client: &reqwest::Client, secret: &str, delivery: &Delivery) -> bool {
    let outcome = client
        .post(&delivery.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("stripe-signature", signature::sign(&delivery.body, secret, clock::now()))
        .body(delivery.body.clone())
        .send()
        .await;
    match outcome {
        Ok(response) if response.status().is_success() => true,
        Ok(response) => {
            let status = response.status().as_u16();
            tracing::info!(event = delivery.event, kind = delivery.kind, status, "webhook refused");
            false
        }
        Err(error) => {
            tracing::info!(event = delivery.event, kind = delivery.kind, %error, "webhook not delivered");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_a_minute() {
        let first = Duration::from_millis(500);
        let waits: Vec<u128> = (1..=8).map(|attempts| backoff(first, attempts).as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    }
}
