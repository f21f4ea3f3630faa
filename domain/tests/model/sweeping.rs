//! The model's rules of the sweeps, which process several orders and payments concurrently.

use domain::payments::PaymentStatus;

use crate::{
    paying::Unpaid,
    play::Outcomes,
    step::{Answer, Step},
    world::{Attempt, AttemptNo, HOUR, Job, LONGEST_PAUSE, MINUTE, No, UNSETTLED, Webhook, WebhookNo, World},
};

/// Up to this many things are tried in every order.
const ALL_ORDERS_OF: usize = 4;
/// Failures at banks, and refusals by Stripe, after which a refund is left to the operator.
pub(crate) const FAILURES: usize = 5;
pub(crate) const LEFT_AFTER: u32 = 9;

impl World {
    /// The open orders whose locks have ended: those that end in a batch, those of a listing with a waitlist, and those
    /// that have opened a payment.
    fn swept_orders(&self) -> (Vec<No>, Vec<No>, Vec<No>) {
        let is_overdue = |no: &No| World::is_open(self.orders[no].status) && !self.locks(&self.orders[no]);
        let overdue = self.orders.keys().copied().filter(is_overdue);
        let (unpaid, paying): (Vec<_>, Vec<_>) = overdue.partition(|no| self.orders[no].attempts.is_empty());
        let (awaited, simple) = unpaid.into_iter().partition(|no| self.is_awaited(self.orders[no].listing));
        (simple, awaited, paying)
    }

    /// Whether the model knows what a sweep of orders does. Chance decides which of several concurrent calls fails; and
    /// of one listing, it tries two orders with a payment at once, and no more.
    pub(crate) fn can_sweep_orders(&self) -> bool {
        self.in_the_way_of_the_sweep().is_none() && (self.fault.is_none() || self.swept_orders().2.len() <= 1)
    }

    /// An overdue order that a sweep would take together with too many others.
    pub(crate) fn in_the_way_of_the_sweep(&self) -> Option<No> {
        let (_, awaited, paying) = self.swept_orders();
        let crowd = self.by_listing(&paying).into_iter().find(|group| group.len() > 2);
        let one_by_one = [awaited, paying].concat();
        crowd
            .map(|group| group[0])
            .or_else(|| one_by_one.iter().copied().find(|no| self.is_in_the_way_of_an_offer(*no, &one_by_one)))
    }

    /// Whether the buyer of an overdue order waits for tickets of another listing that is brought up to date at the same
    /// moment. While one transaction ends the order, another cannot give up the places that it takes, and the buyer may
    /// lose the offer.
    fn is_in_the_way_of_an_offer(&self, no: No, at_once: &[No]) -> bool {
        let order = &self.orders[&no];
        at_once.iter().any(|other| {
            let listing = self.orders[other].listing;
            let waits = self.listings[&listing].waitlist.iter().any(|entry| entry.who == order.buyer);
            listing != order.listing && waits
        })
    }

    /// Whether the model knows what a sweep of payments does.
    pub(crate) fn can_sweep_payments(&self) -> bool {
        let unsettled = self.unsettled();
        let orders: Vec<No> = unsettled.iter().map(|(order, _)| *order).collect();
        let overdue =
            self.orders.keys().filter(|no| World::is_open(self.orders[no].status) && !self.locks(&self.orders[no]));
        let mut overdue =
            overdue.filter(|no| orders.iter().any(|other| self.orders[other].listing == self.orders[no].listing));
        !overdue.any(|no| self.is_in_the_way_of_an_offer(*no, &orders))
            && (self.fault.is_none() || self.forgotten().len() + unsettled.len() <= 1)
    }

    fn by_listing(&self, orders: &[No]) -> Vec<Vec<No>> {
        let mut listings: Vec<No> = orders.iter().map(|no| self.orders[no].listing).collect();
        listings.sort_unstable();
        listings.dedup();
        let of = |listing: &No| orders.iter().copied().filter(|no| self.orders[no].listing == *listing).collect();
        listings.iter().map(of).collect()
    }

    pub(crate) fn sweep_orders(&self) -> Outcomes {
        let mut world = self.clone();
        let (simple, awaited, _) = self.swept_orders();
        for no in &simple {
            world.put_away(*no);
        }
        // The timers of ended orders need not run.
        let now = self.now;
        let ended: Vec<No> =
            world.orders.iter().filter(|(_, it)| !World::is_open(it.status)).map(|(no, _)| *no).collect();
        world.outbox.retain(|(job, due)| *due > now || !matches!(job, Job::Expire(no) if ended.contains(no)));
        let mut outcomes = Outcomes::new();
        for world in in_every_order(vec![world], &awaited, |world, no| drop(world.expire(no))) {
            let paying = world.swept_orders().2;
            let answer = Answer::SweptOrders(simple.len() as u64, awaited.len() + paying.len());
            let swept = world.expire_at_once(&paying);
            outcomes.extend(swept.into_iter().map(|world| (world, answer.clone())));
        }
        outcomes
    }

    /// Ends orders concurrently. Those of different listings meet only in what their buyers may hold.
    fn expire_at_once(&self, orders: &[No]) -> Vec<Self> {
        let groups = self.by_listing(orders);
        let mut found = Vec::new();
        for order in orders_of(&groups) {
            let mut worlds = vec![self.clone()];
            for group in order {
                worlds = worlds.iter().flat_map(|world| world.expire_group(&group)).collect();
            }
            for world in worlds {
                if !found.contains(&world) {
                    found.push(world);
                }
            }
        }
        found
    }

    fn expire_group(&self, group: &[No]) -> Vec<Self> {
        match *group {
            [one, other] => {
                let outcomes = self.at_once(&Step::Expire { order: one }, &Step::Expire { order: other });
                outcomes.into_iter().map(|(world, _)| world).collect()
            }
            _ => in_every_order(vec![self.clone()], group, |world, no| drop(world.expire(no))),
        }
    }

    /// The webhooks that the queue has lost, and that are due.
    fn forgotten(&self) -> Vec<WebhookNo> {
        let is_forgotten = |webhook: &Webhook| webhook.is_stored && !webhook.handled && webhook.due <= self.now;
        self.webhooks().filter(|(_, webhook)| is_forgotten(webhook)).map(|(no, _)| no).collect()
    }

    /// The attempts that were last polled a minute ago or longer.
    fn unsettled(&self) -> Vec<AttemptNo> {
        self.attempts().filter(|(_, it)| is_unsettled(self, it)).map(|(no, _)| no).collect()
    }

    /// The attempts whose refund is tried again, an hour after it has failed.
    fn failed_refunds(&self) -> Vec<AttemptNo> {
        let is_due = |attempt: &Attempt| {
            matches!(attempt.status, PaymentStatus::RefundFailed | PaymentStatus::PartRefundFailed)
                && attempt.touched + HOUR <= self.now
                && attempt.known.failures() < FAILURES
                && attempt.known.refusals < LEFT_AFTER
        };
        self.attempts().filter(|(_, attempt)| is_due(attempt)).map(|(no, _)| no).collect()
    }

    pub(crate) fn sweep_payments(&self) -> Outcomes {
        let forgotten = self.forgotten();
        let mut taken = self.clone();
        for (order, attempt, nth) in &forgotten {
            let webhook = &mut taken.attempt_mut((*order, *attempt)).webhooks[*nth];
            webhook.due = self.now + (MINUTE << webhook.tries.min(6)).min(LONGEST_PAUSE);
            webhook.tries += 1;
        }
        let worlds = in_every_order(vec![taken], &forgotten, |world, webhook| drop(world.handle(webhook)));
        let mut outcomes = Outcomes::new();
        for mut world in worlds {
            for it in world.failed_refunds() {
                let is_part = world.attempt(it).status == PaymentStatus::PartRefundFailed;
                world.move_to(it, if is_part { PaymentStatus::PartRefunding } else { PaymentStatus::Refunding });
            }
            let unsettled = world.unsettled();
            for it in &unsettled {
                world.attempt_mut(*it).touched = world.now;
            }
            let answer = Answer::SweptPayments(forgotten.len(), unsettled.len());
            let swept = world.reconcile_at_once(&unsettled);
            outcomes.extend(swept.into_iter().map(|world| (world, answer.clone())));
        }
        outcomes
    }

    /// Reconciles attempts concurrently. Those of different listings meet only in what their buyers may hold.
    fn reconcile_at_once(&self, attempts: &[AttemptNo]) -> Vec<Self> {
        let mut orders: Vec<No> = attempts.iter().map(|(order, _)| *order).collect();
        orders.dedup();
        let of = |orders: &Vec<No>| attempts.iter().copied().filter(|(order, _)| orders.contains(order)).collect();
        let groups: Vec<Vec<AttemptNo>> = self.by_listing(&orders).iter().map(of).collect();
        let mut found = Vec::new();
        for order in orders_of(&groups) {
            let mut worlds = vec![self.clone()];
            for group in order {
                worlds = worlds.iter().flat_map(|world| world.reconcile_group(&group)).collect();
            }
            for world in worlds {
                if !found.contains(&world) {
                    found.push(world);
                }
            }
        }
        found
    }

    /// Reconciles attempts of one listing: one after the other, or two at once before the rest. While the money of one
    /// order is taken, another order whose lock has ended may be ended, or may have secured its tickets already.
    fn reconcile_group(&self, group: &[AttemptNo]) -> Vec<Self> {
        // What failed is retried in a minute.
        let reconcile = |world: &mut Self, it| drop(world.reconcile(it, Unpaid::Wait));
        let check = |(order, _): AttemptNo| Step::Check { who: self.orders[&order].buyer, order };
        let mut found = in_every_order(vec![self.clone()], group, reconcile);
        for order in orders_of(group) {
            let [one, other, rest @ ..] = &order[..] else { continue };
            if ![one, other].into_iter().all(|it| World::is_live(self.attempt(*it).status)) {
                continue;
            }
            for (mut world, _) in self.at_once(&check(*one), &check(*other)) {
                for it in rest {
                    reconcile(&mut world, *it);
                }
                if !found.contains(&world) {
                    found.push(world);
                }
            }
        }
        found
    }
}

fn is_unsettled(world: &World, attempt: &Attempt) -> bool {
    let is_at_it = matches!(attempt.status, PaymentStatus::Refunding | PaymentStatus::PartRefunding);
    (World::is_live(attempt.status) || is_at_it)
        && attempt.touched + UNSETTLED <= world.now
        && attempt.known.asks_again <= world.now
        && attempt.known.looks_again <= world.now
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
fn orders_of<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.len() > ALL_ORDERS_OF {
        return vec![all.to_vec(), all.iter().rev().cloned().collect()];
    }
    let mut orders = vec![Vec::new()];
    for it in all {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<T>| {
                (0..=order.len()).map(|place| {
                    let mut longer = order.clone();
                    longer.insert(place, it.clone());
                    longer
                })
            })
            .collect();
    }
    orders
}
