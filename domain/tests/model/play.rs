//! A step in the model: its possible answers, and the possible worlds after each.

use domain::payments::PaymentStatus;

use crate::{
    paying::Unpaid,
    step::{Answer, Step, TestCard},
    world::{
        AttemptNo, Card, EventNo, FORGOTTEN, Job, LONGEST_PAUSE, MINUTE, Meanwhile, No, UNSETTLED, Webhook, World,
    },
};

/// The possible results of a step. Nearly always there is one; where the product processes several orders
/// or payments concurrently, there is one for each order in which it may process them.
pub(crate) type Outcomes = Vec<(World, Answer)>;

/// Up to this many things are tried in every order.
const ALL_ORDERS_OF: usize = 4;

impl World {
    /// Whether everything that the step names exists, so that it can run.
    pub(crate) fn knows(&self, step: &Step) -> bool {
        let person = |who: usize| who < self.people;
        let ticket = |no: No| self.tickets.contains_key(&no);
        let order = |no: No| self.orders.contains_key(&no);
        let attempt = |(no, n): AttemptNo| order(no) && (n as usize) <= self.orders[&no].attempts.len();
        let event = |(no, n, nth): EventNo| attempt((no, n)) && nth < self.attempt((no, n)).events.len();
        match *step {
            Step::SignUp => self.people < crate::step::NAMES.len(),
            Step::List { seller, ticket: no, .. } => person(seller) && !ticket(no),
            Step::Edit { who, ticket: no, .. }
            | Step::Withdraw { who, ticket: no }
            | Step::Join { who, ticket: no }
            | Step::Leave { who, ticket: no } => person(who) && ticket(no),
            Step::Lock { buyer, ticket: no, order: new, .. } => person(buyer) && ticket(no) && !order(new),
            Step::Start { who, order: no } | Step::Check { who, order: no } | Step::Cancel { who, order: no } => {
                person(who) && order(no)
            }
            Step::Pay { attempt: no, .. } | Step::Answer { attempt: no, .. } => {
                attempt(no) && self.attempt(no).recorded
            }
            Step::Expire { order: no } => order(no),
            Step::Deliver { event: no } | Step::Handle { event: no } => event(no),
            Step::Run { ref job, .. } | Step::Lose { ref job } => self.queue.contains(job),
            Step::Together(ref one, ref other) => self.knows(one) && self.knows(other),
            // Of several that a sweep processes concurrently, chance decides which one meets the failing
            // call.
            Step::SweepOrders => self.fault.is_none() || self.swept_orders().2.len() <= 1,
            Step::SweepPayments => self.fault.is_none() || self.forgotten().len() + self.unsettled().len() <= 1,
            Step::Relay | Step::Wait { .. } | Step::Break { .. } => true,
        }
    }

    /// Runs a step.
    pub(crate) fn play(&self, step: &Step) -> Outcomes {
        match step {
            Step::SweepOrders => self.sweep_orders(),
            Step::SweepPayments => self.sweep_payments(),
            Step::Together(one, other) => self.at_once(one, other),
            step => {
                let mut world = self.clone();
                let answer = world.take(step);
                vec![(world, answer)]
            }
        }
    }

    pub(crate) fn take(&mut self, step: &Step) -> Answer {
        match *step {
            Step::SignUp => self.people += 1,
            Step::List { seller, ticket, price } => return self.list(seller, ticket, price),
            Step::Edit { who, ticket, version, price } => return self.edit(who, ticket, version, price),
            Step::Withdraw { who, ticket } => return self.withdraw(who, ticket),
            Step::Lock { buyer, ticket, seen, order } => return self.lock(buyer, ticket, seen, order),
            Step::Join { who, ticket } => return self.join(who, ticket),
            Step::Leave { who, ticket } => return self.leave(who, ticket),
            Step::Start { who, order } => return self.start(who, order),
            Step::Pay { attempt, card } => self.pay(attempt, card),
            Step::Answer { attempt, proves } => self.prove(attempt, proves),
            Step::Check { who, order } => return self.check(who, order),
            Step::Cancel { who, order } => return self.cancel(who, order),
            Step::Expire { order } => return self.expire(order),
            Step::Deliver { event } => self.receive(event),
            Step::Handle { event } => return self.handle(event),
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

    /// An event is stored once, with one job, however often it is delivered.
    fn receive(&mut self, event: EventNo) {
        let due = self.now + FORGOTTEN;
        let webhook = self.webhook(event);
        if !webhook.is_stored {
            (webhook.is_stored, webhook.due) = (true, due);
            self.follow_up(Job::Handle(event));
        }
    }

    fn webhook(&mut self, (order, attempt, nth): EventNo) -> &mut Webhook {
        &mut self.attempt_mut((order, attempt)).events[nth]
    }

    fn handle(&mut self, event: EventNo) -> Answer {
        let (order, attempt, _) = event;
        let webhook = *self.webhook(event);
        if !webhook.is_stored || webhook.handled {
            return Answer::Done;
        }
        if self.attempt((order, attempt)).recorded && self.reconcile((order, attempt), Unpaid::Wait).is_err() {
            return Answer::Refused(model::Code::PaymentsUnavailable);
        }
        self.pause();
        self.webhook(event).handled = true;
        Answer::Done
    }

    fn run(&mut self, job: Job) -> Answer {
        match job {
            Job::Expire(order) => self.expire(order),
            Job::Handle(event) => self.handle(event),
            Job::Reconcile(attempt) => match self.reconcile(attempt, Unpaid::Wait) {
                Ok(()) => Answer::Done,
                Err(_) => Answer::Refused(model::Code::PaymentsUnavailable),
            },
        }
    }

    fn forget(&mut self, job: Job) {
        if let Some(place) = self.queue.iter().position(|queued| *queued == job) {
            self.queue.remove(place);
        }
    }

    /// The overdue orders: those that end in a batch, those whose tickets another user wants, and those
    /// with an open payment at Stripe.
    fn swept_orders(&self) -> (Vec<No>, Vec<No>, Vec<No>) {
        let is_overdue = |no: &No| World::is_open(self.orders[no].status) && !self.locks(&self.orders[no]);
        let overdue = self.orders.keys().copied().filter(is_overdue);
        let (idle, paying): (Vec<_>, Vec<_>) = overdue.partition(|no| self.live_attempt(*no).is_none());
        let (wanted, unpaid) = idle.into_iter().partition(|no| self.orders[no].wanted);
        (unpaid, wanted, paying)
    }

    /// The events that the queue has lost, and that are due.
    fn forgotten(&self) -> Vec<EventNo> {
        let is_forgotten = |event: &Webhook| event.is_stored && !event.handled && event.due <= self.now;
        self.events().filter(|(_, event)| is_forgotten(event)).map(|(no, _)| no).collect()
    }

    /// The attempts that were last polled a minute ago or longer.
    fn unsettled(&self) -> Vec<AttemptNo> {
        self.attempts().filter(|(_, it)| is_unsettled(self, it)).map(|(no, _)| no).collect()
    }

    fn sweep_orders(&self) -> Outcomes {
        let mut world = self.clone();
        let (unpaid, wanted, paying) = self.swept_orders();
        for no in &unpaid {
            world.expire(*no);
        }
        // The timers of ended orders need not run.
        let now = self.now;
        let ended: Vec<No> =
            world.orders.iter().filter(|(_, it)| !World::is_open(it.status)).map(|(no, _)| *no).collect();
        world.outbox.retain(|(job, due)| *due > now || !matches!(job, Job::Expire(no) if ended.contains(no)));
        let answer = Answer::SweptOrders(unpaid.len() as u64, wanted.len() + paying.len());
        let expire = |world: &mut World, no: No| drop(world.expire(no));
        let worlds = in_every_order(vec![world], &wanted, expire);
        in_every_order(worlds, &paying, expire).into_iter().map(|world| (world, answer.clone())).collect()
    }

    fn sweep_payments(&self) -> Outcomes {
        let forgotten = self.forgotten();
        let mut taken = self.clone();
        for event in &forgotten {
            let webhook = taken.webhook(*event);
            webhook.due = self.now + (MINUTE << webhook.tries.min(6)).min(LONGEST_PAUSE);
            webhook.tries += 1;
        }
        let worlds = in_every_order(vec![taken], &forgotten, |world, event| {
            world.handle(event);
        });
        let mut outcomes = Outcomes::new();
        for mut world in worlds {
            let unsettled = world.unsettled();
            for it in &unsettled {
                world.attempt_mut(*it).touched = world.now;
            }
            let answer = Answer::SweptPayments(forgotten.len(), unsettled.len());
            let swept = in_every_order(vec![world], &unsettled, |world, it| {
                // What failed is retried in a minute.
                let _ = world.reconcile(it, Unpaid::Wait);
            });
            outcomes.extend(swept.into_iter().map(|world| (world, answer.clone())));
        }
        outcomes
    }

    /// Two steps at once have the result of one after the other, or of one of them at a pause of the
    /// other.
    fn at_once(&self, one: &Step, other: &Step) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for (first, second, swapped) in [(one, other, false), (other, one, true)] {
            let mut found = |world: World, first: Answer, second: Answer| {
                let (one, other) = if swapped { (second, first) } else { (first, second) };
                outcomes.push((world, Answer::Both(Box::new(one), Box::new(other))));
            };
            let mut world = self.clone();
            let (a, b) = (world.take(first), world.take(second));
            found(world, a, b);
            for pause in 0.. {
                let mut world = self.clone();
                world.meanwhile = Some(Meanwhile { step: second.clone(), pause, answer: None });
                let a = world.take(first);
                let Some(Meanwhile { answer: Some(b), .. }) = world.meanwhile.take() else { break };
                found(world, a, b);
            }
        }
        outcomes
    }
}

fn is_unsettled(world: &World, attempt: &crate::world::Attempt) -> bool {
    let unsettled = World::is_live(attempt.status) || attempt.status == PaymentStatus::Refunding;
    unsettled && attempt.touched + UNSETTLED <= world.now
}

/// The worlds that result from doing something with each of `all`, in every order that may matter.
fn in_every_order<T: Copy>(worlds: Vec<World>, all: &[T], mut act: impl FnMut(&mut World, T)) -> Vec<World> {
    let mut found: Vec<World> = Vec::new();
    for world in worlds {
        for order in orders_of(all) {
            let mut world = world.clone();
            for it in order {
                act(&mut world, it);
            }
            if !found.contains(&world) {
                found.push(world);
            }
        }
    }
    found
}

/// Every order of a few things; of many, the given order and its reverse.
fn orders_of<T: Copy>(all: &[T]) -> Vec<Vec<T>> {
    if all.len() > ALL_ORDERS_OF {
        return vec![all.to_vec(), all.iter().rev().copied().collect()];
    }
    let mut orders = vec![Vec::new()];
    for it in all {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<T>| {
                (0..=order.len()).map(|place| {
                    let mut longer = order.clone();
                    longer.insert(place, *it);
                    longer
                })
            })
            .collect();
    }
    orders
}
