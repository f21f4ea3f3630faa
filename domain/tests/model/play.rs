//! A step in the model: its possible answers, and the possible worlds after each.

use model::disputes::DisputeStatus;

use crate::{
    buying::Chosen,
    money::Dispute,
    paying::Unpaid,
    step::{Answer, BankAct, Step, TestCard},
    world::{AttemptNo, Card, FORGOTTEN, Job, No, TicketNo, Webhook, WebhookNo, World},
};

/// The possible results of a step. Nearly always there is one; where the product processes several orders
/// or payments concurrently, there is one for each order in which it may process them.
pub(crate) type Outcomes = Vec<(World, Answer)>;

impl World {
    /// Whether everything that the step names exists, so that it can run.
    pub(crate) fn knows(&self, step: &Step) -> bool {
        let person = |who: usize| who < self.people;
        let listing = |no: No| self.listings.contains_key(&no);
        let ticket = |(no, n): TicketNo| listing(no) && n < self.listings[&no].tickets.len();
        let order = |no: No| self.orders.contains_key(&no);
        let attempt = |(no, n): AttemptNo| order(no) && (n as usize) <= self.orders[&no].attempts.len();
        let webhook = |(no, n, nth): WebhookNo| attempt((no, n)) && nth < self.attempt((no, n)).webhooks.len();
        match *step {
            Step::SignUp => self.people < crate::step::NAMES.len(),
            Step::List { seller, listing: no, .. } => person(seller) && !listing(no),
            Step::Edit { who, listing: no, .. }
            | Step::Withdraw { who, listing: no, ticket: None }
            | Step::Join { who, listing: no, .. }
            | Step::Leave { who, listing: no }
            | Step::Close { who, listing: no, .. } => person(who) && listing(no),
            Step::Withdraw { who, listing: no, ticket: Some(n) } | Step::Restore { who, listing: no, ticket: n } => {
                person(who) && ticket((no, n))
            }
            Step::Lock { buyer, ref wish, order: new } => {
                let knows_tickets = match &wish.tickets {
                    Chosen::Any(_) => true,
                    Chosen::These(tickets) => tickets.iter().all(|no| ticket(*no)),
                };
                person(buyer) && listing(wish.listing) && knows_tickets && !order(new)
            }
            Step::Start { who, order: no } | Step::Check { who, order: no } | Step::Cancel { who, order: no } => {
                person(who) && order(no)
            }
            Step::Pay { attempt: no, .. }
            | Step::Answer { attempt: no, .. }
            | Step::Return { attempt: no }
            | Step::Bank { attempt: no, .. } => attempt(no) && self.attempt(no).recorded,
            // The operator does not pay back twice: the doctor would tell.
            Step::Refund { attempt: no, cents } => {
                attempt(no) && self.attempt(no).recorded && self.may_pay_back(no, cents, self.attempt(no).known.settled)
            }
            Step::Settle { attempt: no } => {
                attempt(no) && self.attempt(no).recorded && self.may_pay_back(no, self.owed(no), self.owed(no))
            }
            // Chance decides which of several refunds meets the failure.
            Step::Review => self.fault.is_none(),
            Step::Expire { order: no } => order(no),
            Step::Deliver { webhook: no } | Step::Handle { webhook: no } => webhook(no),
            Step::Run { ref job, .. } | Step::Lose { ref job } => self.queue.contains(job),
            Step::Together(ref one, ref other) => self.knows(one) && self.knows(other),
            Step::SweepOrders => self.can_sweep_orders(),
            Step::SweepPayments => self.can_sweep_payments(),
            Step::Relay | Step::Wait { .. } | Step::Break { .. } => true,
        }
    }

    /// Runs a step.
    pub(crate) fn play(&self, step: &Step) -> Outcomes {
        match step {
            Step::SweepOrders => self.sweep_orders(),
            Step::SweepPayments => self.sweep_payments(),
            Step::Together(one, other) => self.at_once(one, other),
            Step::Lock { .. } => vec![self.taken(step, false), self.taken(step, true)],
            step => vec![self.taken(step, false)],
        }
    }

    /// The world after a step, and its answer.
    pub(crate) fn taken(&self, step: &Step, is_lazy: bool) -> (Self, Answer) {
        let mut world = Self { is_lazy, ..self.clone() };
        let answer = world.take(step);
        world.is_lazy = false;
        (world, answer)
    }

    pub(crate) fn take(&mut self, step: &Step) -> Answer {
        match *step {
            Step::SignUp => self.people += 1,
            Step::List { seller, listing, ref form } => return self.list(seller, listing, form),
            Step::Edit { who, listing, version, ref form } => return self.edit(who, listing, version, form),
            Step::Withdraw { who, listing, ticket } => return self.withdraw(who, listing, ticket),
            Step::Restore { who, listing, ticket } => return self.restore(who, listing, ticket),
            Step::Lock { buyer, ref wish, order } => return self.lock(buyer, wish, order),
            Step::Join { who, listing, wanted } => return self.join(who, listing, wanted),
            Step::Leave { who, listing } => return self.leave(who, listing),
            Step::Close { who, listing, is_closed } => return self.close_waitlist(who, listing, is_closed),
            Step::Start { who, order } => return self.start(who, order),
            Step::Pay { attempt, card } => self.pay(attempt, card),
            Step::Answer { attempt, proves } => self.prove(attempt, proves),
            Step::Check { who, order } => return self.check(who, order),
            Step::Cancel { who, order } => return self.cancel(who, order),
            Step::Expire { order } => return self.expire(order),
            Step::Deliver { webhook } => self.receive(webhook),
            Step::Handle { webhook } => return self.handle(webhook),
            Step::Relay => {
                let (due, later): (Vec<_>, Vec<_>) = self.outbox.iter().partition(|(_, due)| *due <= self.now);
                self.outbox = later;
                self.queue.extend(due.iter().map(|(job, _)| job));
                self.queue.sort_unstable();
                return Answer::Relayed(due.len());
            }
            Step::Run { job, again } => {
                if !again {
                    self.forget(job);
                }
                return self.run(job);
            }
            Step::Lose { job } => self.forget(job),
            Step::Wait { time } => self.now += time,
            Step::Break { fault } => self.fault = fault,
            Step::Refund { attempt, cents } => return Answer::happened(self.refund_by_hand(attempt, cents)),
            Step::Return { attempt } => return Answer::happened(self.return_refunds(attempt)),
            Step::Bank { attempt, act } => return Answer::happened(self.bank(attempt, act)),
            Step::Settle { attempt } => return Answer::happened(self.settle(attempt)),
            Step::Review => return Answer::Reviewed(self.review()),
            Step::SweepOrders | Step::SweepPayments | Step::Together(..) => unreachable!("have several outcomes"),
        }
        Answer::Done
    }

    /// The buyer's browser sends a card to Stripe. A closed or paid intent accepts none.
    fn pay(&mut self, it: AttemptNo, card: TestCard) {
        let intent = self.attempt_mut(it).intent.as_mut().expect("an intent");
        if matches!(intent.state, Card::Awaited | Card::Declined | Card::Challenged) {
            intent.state = match card {
                TestCard::Good => Card::Authorised,
                TestCard::Declined => Card::Declined,
                TestCard::Challenged => Card::Challenged,
            };
        }
    }

    fn prove(&mut self, it: AttemptNo, proves: bool) {
        let intent = self.attempt_mut(it).intent.as_mut().expect("an intent");
        if intent.state == Card::Challenged {
            intent.state = if proves { Card::Authorised } else { Card::Declined };
        }
    }

    /// The bank returns the refunds that it has accepted.
    fn return_refunds(&mut self, it: AttemptNo) -> bool {
        let intent = self.attempt_mut(it).intent.as_mut().expect("an intent");
        let mut has_returned = false;
        for refund in &mut intent.refunds {
            has_returned |= !std::mem::replace(&mut refund.has_failed, true);
        }
        has_returned
    }

    /// The buyer's bank disputes the payment or decides, if it can at Stripe.
    fn bank(&mut self, it: AttemptNo, act: BankAct) -> bool {
        let intent = self.attempt_mut(it).intent.as_mut().expect("an intent");
        if intent.state != Card::Captured {
            return false;
        }
        let before = intent.dispute.as_ref().map(|dispute| dispute.status);
        let status = match (act, before) {
            (BankAct::Dispute, None | Some(DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningClosed)) => {
                DisputeStatus::NeedsResponse
            }
            (BankAct::Inquire, None) => DisputeStatus::WarningNeedsResponse,
            (BankAct::Answer, Some(DisputeStatus::NeedsResponse)) => DisputeStatus::UnderReview,
            (BankAct::Win | BankAct::Lose, Some(DisputeStatus::WarningNeedsResponse)) => DisputeStatus::WarningClosed,
            (BankAct::Win, Some(DisputeStatus::NeedsResponse | DisputeStatus::UnderReview)) => DisputeStatus::Won,
            (BankAct::Lose, Some(DisputeStatus::NeedsResponse | DisputeStatus::UnderReview)) => DisputeStatus::Lost,
            _ => return false,
        };
        let is_withdrawn = status >= DisputeStatus::NeedsResponse;
        let is_reinstated = status == DisputeStatus::Won;
        intent.dispute = Some(Dispute { status, is_withdrawn, is_reinstated });
        true
    }

    /// A webhook is stored once, with one job, however often it is delivered.
    fn receive(&mut self, no: WebhookNo) {
        let due = self.now + FORGOTTEN;
        let webhook = self.webhook_mut(no);
        if !webhook.is_stored {
            (webhook.is_stored, webhook.due) = (true, due);
            self.follow_up(Job::Handle(no));
        }
    }

    fn webhook_mut(&mut self, (order, attempt, nth): WebhookNo) -> &mut Webhook {
        &mut self.attempt_mut((order, attempt)).webhooks[nth]
    }

    pub(crate) fn handle(&mut self, no: WebhookNo) -> Answer {
        let (order, attempt, _) = no;
        let webhook = *self.webhook_mut(no);
        if !webhook.is_stored || webhook.handled {
            return Answer::Done;
        }
        let it = (order, attempt);
        if self.attempt(it).recorded {
            let heard = self.follow(it);
            let heard = heard.and_then(|()| if webhook.is_dispute { self.hear_of_dispute(it) } else { Ok(()) });
            if let Err(failure) = heard {
                return failure.answer();
            }
        }
        self.pause();
        self.webhook_mut(no).handled = true;
        Answer::Done
    }

    fn run(&mut self, job: Job) -> Answer {
        match job {
            Job::Expire(order) => self.expire(order),
            Job::Handle(webhook) => self.handle(webhook),
            Job::Reconcile(attempt) => match self.reconcile(attempt, Unpaid::Wait) {
                Ok(()) => Answer::Done,
                Err(failure) => failure.answer(),
            },
        }
    }

    fn forget(&mut self, job: Job) {
        if let Some(place) = self.queue.iter().position(|queued| *queued == job) {
            self.queue.remove(place);
        }
    }
}
