//! The product under test: every step as the calls that the server and the workers would make.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use domain::{
    Backend,
    expiration::{
        expire::{ExpireError, Expiry, expire},
        sweep::{sweep as sweep_orders, sweep_payments as sweep_paying_orders},
    },
    orders::{cancel::cancel, lock::lock},
    outbox::{self, relay::relay},
    payments::{
        check::check,
        handle_event::{HandleError, handle_event},
        receive_event::receive_event,
        reconcile::{IfUnpaid, reconcile},
        sweep::sweep as sweep_payments,
    },
    testing::{self, CHALLENGED_CARD, DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET},
    tickets::{edit::edit, list::list, restore::restore, withdraw::withdraw},
    waitlist::{close::set_closed, join::join, leave::leave},
};
use model::{
    AppError, ListingId, Money, OrderId, PaymentId, TicketId, UserId,
    tickets::{ListingInput, LockInput},
};
use stripe_sim::{Faults, SentEvent, Simulator};

use crate::{
    buying::{Chosen, Wish},
    picture::{ListingSeen, OrderSeen},
    selling::Form,
    step::{Answer, Ended, NAMES, Step, TestCard},
    world::{AttemptNo, Fault, Job, MINUTE, No, Person, TicketNo, WebhookNo},
};

/// The rows when readers were last asked, and what the readers saw.
#[derive(Clone)]
pub(crate) struct LastSnapshot {
    pub(crate) rows: String,
    pub(crate) on_sale: Vec<No>,
    pub(crate) listings: BTreeMap<No, ListingSeen>,
    pub(crate) orders: BTreeMap<No, OrderSeen>,
    pub(crate) broken: Vec<String>,
}

/// More jobs than a sequence makes.
const RELAY: i64 = 1000;

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
    /// A month from the beginning of the sequence, as the form sends it. It does not change at midnight.
    in_a_month: String,
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
            in_a_month: String::new(),
        }
    }

    /// Deletes the rows of the previous sequence.
    pub(crate) async fn begin(&mut self, people: usize) {
        // There are few rows: deleting them is faster than truncating.
        sqlx::raw_sql(
            "
            DELETE FROM ledger_entries; DELETE FROM order_events; DELETE FROM waitlist_entries; DELETE FROM outbox; DELETE FROM stripe_events;
            DELETE FROM payments; DELETE FROM tickets; DELETE FROM orders; DELETE FROM listing_prices; DELETE FROM listings; DELETE FROM events; DELETE FROM venues; DELETE FROM users;
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

    async fn call(&self, step: &Step) -> Made {
        let backend = &self.backend;
        Made::Answer(match *step {
            Step::List { seller, ref form, .. } => match list(backend, self.people[seller], &self.input(form)).await {
                Ok(listing) => return Made::Listing(listing),
                Err(error) => refused(error),
            },
            Step::Lock { buyer, ref wish, .. } => {
                match lock(backend, self.people[buyer], &self.lock_input(wish)).await {
                    Ok(order) => return Made::Order(order),
                    Err(error) => refused(error),
                }
            }
            Step::Edit { who, listing, version, ref form } => {
                done(edit(backend, self.people[who], self.listings[&listing], version, &self.input(form)).await)
            }
            Step::Join { who, listing, wanted } => {
                match join(backend, self.people[who], self.listings[&listing], wanted).await {
                    Ok(position) => Answer::Position(usize::try_from(position).expect("a position")),
                    Err(error) => refused(error),
                }
            }
            Step::Leave { who, listing } => done(leave(backend, self.people[who], self.listings[&listing]).await),
            Step::Close { who, listing, is_closed } => {
                done(set_closed(backend, self.people[who], self.listings[&listing], is_closed).await)
            }
            Step::Withdraw { who, listing, ticket } => {
                let ticket = ticket.map(|ticket| self.tickets[&(listing, ticket)]);
                done(withdraw(backend, self.people[who], self.listings[&listing], ticket).await.map(|_| ()))
            }
            Step::Restore { who, listing, ticket } => {
                let ticket = self.tickets[&(listing, ticket)];
                done(restore(backend, self.people[who], self.listings[&listing], ticket).await.map(|_| ()))
            }
            Step::Start { who, order } => {
                match testing::start_payment(backend, self.people[who], self.orders[&order]).await {
                    Ok(form) => Answer::Attempt(form.attempt.unsigned_abs()),
                    Err(error) => refused(error),
                }
            }
            Step::Check { who, order } => done(check(backend, self.people[who], self.orders[&order]).await.map(|_| ())),
            Step::Cancel { who, order } => done(cancel(backend, self.people[who], self.orders[&order]).await),
            Step::Pay { attempt, card } => self.pay(attempt, card),
            Step::Answer { attempt, proves } => {
                let _was_asked = self.simulator.answer_challenge(&self.intents[&attempt], proves);
                Answer::Done
            }
            Step::Expire { order } => self.expire(order).await,
            Step::Deliver { webhook } => self.deliver(webhook).await,
            Step::Handle { webhook } => self.handle(webhook).await,
            Step::Run { job, .. } => self.run(job).await,
            Step::Lose { .. } => Answer::Done,
            Step::Relay => self.relay().await,
            Step::SweepOrders => {
                let swept = sweep_orders(backend).await.expect("sweeps");
                let paying = sweep_paying_orders(backend).await.expect("sweeps");
                Answer::SweptOrders(swept.unpaid, swept.awaited.len() + paying.len())
            }
            Step::SweepPayments => {
                let swept = sweep_payments(backend).await.expect("sweeps");
                Answer::SweptPayments(swept.events.len(), swept.payments.len())
            }
            Step::Break { fault } => self.break_stripe(fault),
            Step::SignUp | Step::Wait { .. } | Step::Together(..) => unreachable!("{step} is more than one call"),
        })
    }

    /// The form as it is sent.
    fn input(&self, form: &Form) -> ListingInput {
        let Form { event, first_seat, count, split, price } = *form;
        let is_seated = first_seat > 0;
        ListingInput {
            title: event.title().into(),
            venue: event.venue().into(),
            city: event.city().into(),
            starts_at: self.in_a_month.clone(),
            seat: if is_seated { format!("{first_seat}-{}", first_seat + count - 1) } else { String::new() },
            quantity: if is_seated { String::new() } else { count.to_string() },
            split: split.code().into(),
            price: Money::usd(price).to_input(),
            ..testing::listing_input()
        }
    }

    fn lock_input(&self, wish: &Wish) -> LockInput {
        let (count, tickets) = match &wish.tickets {
            Chosen::Any(count) => (*count, Vec::new()),
            Chosen::These(tickets) => (0, tickets.iter().map(|ticket| self.tickets[ticket]).collect()),
        };
        let listing = self.listings[&wish.listing];
        LockInput { listing, version: wish.version, price_cents: wish.price, count, tickets }
    }

    fn pay(&self, attempt: AttemptNo, card: TestCard) -> Answer {
        let card = match card {
            TestCard::Good => GOOD_CARD,
            TestCard::Declined => DECLINED_CARD,
            TestCard::Challenged => CHALLENGED_CARD,
        };
        let _was_open = self.simulator.confirm(&self.intents[&attempt], card);
        Answer::Done
    }

    async fn expire(&self, order: No) -> Answer {
        match expire(&self.backend, self.orders[&order]).await {
            Ok(Expiry::Expired) => Answer::Expiry(Ended::Now),
            Ok(Expiry::AlreadyOver) => Answer::Expiry(Ended::AlreadyOver),
            Ok(Expiry::NotDue { .. }) => Answer::Expiry(Ended::NotDue),
            Err(ExpireError::Payment(error)) => refused(error),
            Err(ExpireError::Database(error)) => panic!("{error}"),
        }
    }

    /// The webhook arrives, signed at this moment, as Stripe signs each delivery.
    async fn deliver(&self, (order, attempt, nth): WebhookNo) -> Answer {
        let body = &self.told[&(order, attempt)][nth].body;
        let signature = stripe_sim::sign(body, WEBHOOK_SECRET, domain::testing::now().unix_timestamp());
        done(receive_event(&self.backend, body.as_bytes(), &signature).await)
    }

    async fn handle(&self, (order, attempt, nth): WebhookNo) -> Answer {
        match handle_event(&self.backend, &self.told[&(order, attempt)][nth].id).await {
            Ok(()) => Answer::Done,
            Err(HandleError::Reconcile(error)) => refused(error),
            // Nothing is lost here, and reads at Stripe do not fail.
            Err(error @ (HandleError::Adopt(_) | HandleError::Database(_))) => panic!("{error:?}"),
        }
    }

    async fn run(&self, job: Job) -> Answer {
        match job {
            Job::Expire(order) => self.expire(order).await,
            Job::Handle(webhook) => self.handle(webhook).await,
            Job::Reconcile(attempt) => done(reconcile(&self.backend, self.payments[&attempt], IfUnpaid::Wait).await),
        }
    }

    async fn relay(&self) -> Answer {
        let mut relayed = 0;
        // The users of the model read no mail.
        for queue in outbox::Queue::ALL.into_iter().filter(|queue| *queue != outbox::Queue::Mail) {
            relayed += relay(&self.backend.db, queue, RELAY, async |_| Ok::<_, ()>(())).await.expect("relays");
        }
        Answer::Relayed(relayed)
    }

    fn break_stripe(&self, fault: Option<Fault>) -> Answer {
        let path = Some("POST /v1/".to_owned());
        self.simulator.set_faults(match fault {
            None => Faults::default(),
            Some(Fault::Fail) => Faults { fail_next: 1, path, ..Faults::default() },
            Some(Fault::LoseAnswer) => Faults { lose_answer_next: 1, path, ..Faults::default() },
        });
        Answer::Done
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

/// The result of a call.
#[derive(Debug)]
enum Made {
    Listing(ListingId),
    Order(OrderId),
    Answer(Answer),
}

fn done<E: Into<AppError>>(outcome: Result<(), E>) -> Answer {
    outcome.map_or_else(refused, |()| Answer::Done)
}

fn refused<E: Into<AppError>>(error: E) -> Answer {
    let error: AppError = error.into();
    match error.listing() {
        Some(now) => Answer::Changed { code: error.code(), version: now.version, price: now.card.price.cents() },
        None => Answer::Refused(error.code()),
    }
}
