//! The product under test: its rows and things, and the names that the model has for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use domain::{Backend, outbox, testing};
use model::{ListingId, OrderId, PaymentId, TicketId, UserId};
use stripe_sim::{SentEvent, Simulator};

use crate::{
    calls::Made,
    picture::{ListingSeen, OrderSeen},
    step::{Answer, NAMES, Step},
    world::{AttemptNo, Job, MINUTE, No, Person, TicketNo, WebhookNo},
};

/// The rows when readers were last asked, and what the readers saw.
#[derive(Clone)]
pub(crate) struct LastSnapshot {
    pub(crate) rows: String,
    pub(crate) on_sale: Vec<No>,
    pub(crate) listings: BTreeMap<No, ListingSeen>,
    pub(crate) orders: BTreeMap<No, OrderSeen>,
    pub(crate) balances: BTreeMap<Person, i64>,
    pub(crate) broken: Vec<String>,
}

/// The delay of the second of two steps at once: none for half of them, and the same every time the step
/// runs.
fn behind(step: &Step) -> Duration {
    let mut hasher = DefaultHasher::new();
    step.to_string().hash(&mut hasher);
    Duration::from_micros((hasher.finish() % 8000).saturating_sub(4000))
}

pub(crate) struct Product {
    pub(crate) backend: Backend,
    pub(crate) simulator: Simulator,
    pub(crate) people: Vec<UserId>,
    /// The users who have listed tickets, and so have a list.
    pub(crate) sellers: BTreeSet<Person>,
    /// The users who have ordered tickets.
    pub(crate) buyers: BTreeSet<Person>,
    pub(crate) listings: BTreeMap<No, ListingId>,
    pub(crate) tickets: BTreeMap<TicketNo, TicketId>,
    pub(crate) orders: BTreeMap<No, OrderId>,
    pub(crate) payments: BTreeMap<AttemptNo, PaymentId>,
    /// The intents at Stripe, by their attempts.
    pub(crate) intents: BTreeMap<AttemptNo, String>,
    /// The webhooks that Stripe would send.
    pub(crate) told: BTreeMap<AttemptNo, Vec<SentEvent>>,
    pub(crate) told_of: usize,
    pub(crate) last_snapshot: Option<LastSnapshot>,
    /// What money had moved when the doctor last examined.
    pub(crate) examined: String,
    /// A month from the beginning of the sequence, as the form sends it. It does not change at midnight.
    pub(crate) in_a_month: String,
}

impl Product {
    pub(crate) fn new(backend: Backend, simulator: Simulator) -> Self {
        Self {
            backend,
            simulator,
            people: Vec::new(),
            sellers: BTreeSet::new(),
            buyers: BTreeSet::new(),
            listings: BTreeMap::new(),
            tickets: BTreeMap::new(),
            orders: BTreeMap::new(),
            payments: BTreeMap::new(),
            intents: BTreeMap::new(),
            told: BTreeMap::new(),
            told_of: 0,
            last_snapshot: None,
            examined: String::new(),
            in_a_month: String::new(),
        }
    }

    /// Deletes the rows of the previous sequence.
    pub(crate) async fn begin(&mut self, people: usize) {
        // There are few rows: deleting them is faster than truncating.
        sqlx::raw_sql(
            "
            DELETE FROM ledger_entries; DELETE FROM order_events; DELETE FROM waitlist_entries; DELETE FROM outbox; DELETE FROM stripe_events;
            UPDATE stripe_reviews SET due_at = now(), cursor = NULL; DELETE FROM refunds; DELETE FROM disputes; DELETE FROM payments; DELETE FROM tickets; DELETE FROM orders; DELETE FROM listing_prices; DELETE FROM listings; DELETE FROM events; DELETE FROM venues; DELETE FROM users;
            ",
        )
        .execute(&self.backend.db)
        .await
        .expect("an empty database");
        self.simulator.reset();
        self.sellers.clear();
        self.buyers.clear();
        self.listings.clear();
        self.tickets.clear();
        self.orders.clear();
        self.payments.clear();
        self.intents.clear();
        self.told.clear();
        self.told_of = 0;
        self.last_snapshot = None;
        self.examined.clear();
        self.in_a_month = testing::listing_input().starts_at;
        self.people.clear();
        for name in &NAMES[..people] {
            self.people.push(testing::user(&self.backend.db, name).await);
        }
    }

    /// Runs a step, and waits until it has released all row locks: a refusal rolls back after the call
    /// has returned, and a sweep would skip the locked rows.
    pub(crate) async fn take(&mut self, step: &Step) -> Answer {
        let answer = Box::pin(self.act(step)).await;
        while self.backend.db.num_idle() < self.backend.db.size() as usize {
            tokio::task::yield_now().await;
        }
        answer
    }

    /// Each of two steps at once creates at most one thing, whose number the step has given.
    async fn act(&mut self, step: &Step) -> Answer {
        match step {
            Step::SignUp => {
                let name = NAMES[self.people.len()];
                self.people.push(testing::user(&self.backend.db, name).await);
                Answer::Done
            }
            Step::Wait { time } => {
                let seconds = u64::from(*time) * 60 / u64::from(MINUTE);
                testing::let_time_pass(&self.backend.db, Duration::from_secs(seconds)).await;
                Answer::Done
            }
            Step::Lock { .. } => {
                let made = self.call(step).await;
                // It may be an offer that the waitlist has just made them.
                self.name_offers().await;
                self.note(step, made)
            }
            Step::Together(one, other) => {
                let behind = behind(step);
                let later = async {
                    tokio::time::sleep(behind).await;
                    self.call(other).await
                };
                let (a, b) = tokio::join!(self.call(one), later);
                self.name_offers().await;
                Answer::Both(Box::new(self.note(one, a)), Box::new(self.note(other, b)))
            }
            step => {
                let made = self.call(step).await;
                self.note(step, made)
            }
        }
    }

    /// Stores what a step has created, under the number that the step gave it.
    fn note(&mut self, step: &Step, made: Made) -> Answer {
        match (step, made) {
            (Step::List { seller, listing, .. }, Made::Listing(id)) => {
                self.sellers.insert(*seller);
                self.listings.insert(*listing, id);
                Answer::Done
            }
            (Step::Lock { buyer, order, .. }, Made::Order(id)) => {
                self.buyers.insert(*buyer);
                let known = self.orders.iter().find(|(_, known)| **known == id).map(|(no, _)| *no);
                Answer::Order(*known.as_ref().unwrap_or_else(|| {
                    self.orders.insert(*order, id);
                    order
                }))
            }
            // A user on a waitlist may be given an order.
            (Step::Join { who, .. }, Made::Answer(answer)) => {
                self.buyers.insert(*who);
                answer
            }
            (_, Made::Answer(answer)) => answer,
            (step, made) => unreachable!("{step} makes no {made:?}"),
        }
    }

    /// The model's name for a job of the product's.
    pub(crate) fn name_of(&self, job: &outbox::Job) -> Option<Job> {
        match job {
            outbox::Job::ExpireOrder { order_id } => {
                self.orders.iter().find(|(_, id)| *id == order_id).map(|(no, _)| Job::Expire(*no))
            }
            outbox::Job::ReconcilePayment { payment_id } => {
                self.payments.iter().find(|(_, id)| *id == payment_id).map(|(no, _)| Job::Reconcile(*no))
            }
            outbox::Job::HandleStripeEvent { event_id } => self.webhook_called(event_id).map(Job::Handle),
            // The users of the model read no mail.
            outbox::Job::SendMail { .. } | outbox::Job::RetryMail { .. } => None,
        }
    }

    pub(crate) fn webhook_called(&self, id: &str) -> Option<WebhookNo> {
        self.told.iter().find_map(|(attempt, told)| {
            let nth = told.iter().position(|event| event.id == id)?;
            Some((attempt.0, attempt.1, nth))
        })
    }
}
