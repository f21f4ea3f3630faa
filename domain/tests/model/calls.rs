//! Every step as the calls that the server and the workers would make.

use domain::{
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
        review::review,
        settle::{SettleError, settle},
        sweep::sweep as sweep_payments,
    },
    testing::{self, CHALLENGED_CARD, DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET},
    tickets::{edit::edit, list::list, restore::restore, withdraw::withdraw},
    waitlist::{close::set_closed, join::join, leave::leave},
};
use model::{
    AppError, ListingId, Money, OrderId,
    tickets::{ListingInput, LockInput},
};
use stripe_sim::Faults;

use crate::{
    buying::{Chosen, Wish},
    product::Product,
    selling::Form,
    step::{Answer, BankAct, Ended, Step, TestCard},
    world::{AttemptNo, Fault, Job, No, WebhookNo},
};

/// More jobs than a sequence makes.
const RELAY: i64 = 1000;

impl Product {
    pub(crate) async fn call(&self, step: &Step) -> Made {
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
            Step::Refund { attempt, cents } => Answer::happened(self.simulator.refund(&self.intents[&attempt], cents)),
            Step::Return { attempt } => Answer::happened(self.simulator.return_refunds(&self.intents[&attempt]) > 0),
            Step::Bank { attempt, act } => Answer::happened(self.bank(&self.intents[&attempt], act)),
            Step::Settle { attempt } => {
                match settle(&backend.db, &self.payments[&attempt].to_string(), "by hand").await {
                    Ok(_) => Answer::Done,
                    Err(SettleError::NotOwed) => Answer::Nothing,
                    Err(error) => panic!("{error:?}"),
                }
            }
            Step::Review => Answer::Reviewed(review(backend).await.expect("reviews")),
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

    fn bank(&self, intent: &str, act: BankAct) -> bool {
        match act {
            BankAct::Dispute => self.simulator.dispute(intent),
            BankAct::Inquire => self.simulator.inquire(intent),
            BankAct::Answer => self.simulator.answer_dispute(intent),
            BankAct::Win => self.simulator.decide_dispute(intent, true),
            BankAct::Lose => self.simulator.decide_dispute(intent, false),
        }
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
            Some(Fault::BankRefuses) => Faults { refund_fail_next: 1, ..Faults::default() },
        });
        Answer::Done
    }
}

/// The result of a call.
#[derive(Debug)]
pub(crate) enum Made {
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
