//! Two steps that run at the same time: what may result, and which two are chosen.

use model::tickets::TicketStatus;
use rand::{RngExt, rngs::StdRng};

use crate::{
    buying::{Chosen, Wish},
    choose::draw_form,
    play::Outcomes,
    step::{Answer, Step, TestCard},
    world::{Card, HELD, Job, Meanwhile, No, World},
};

/// The second of two locks makes an order with this number plus its own.
const SECOND: No = 500;

impl World {
    /// Two steps at once have the result of one after the other, or of one of them at a pause of the
    /// other.
    pub(crate) fn at_once(&self, one: &Step, other: &Step) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for (chosen_one, chosen_other) in self.variants(one, other) {
            for (first, second, swapped) in [(&chosen_one, &chosen_other, false), (&chosen_other, &chosen_one, true)] {
                for lazy in ways(first, second) {
                    let found = self.one_after_the_other(first, second, lazy);
                    outcomes.extend(found.into_iter().filter_map(|(mut world, first, second)| {
                        let (mut a, mut b) = if swapped { (second, first) } else { (first, second) };
                        if let (Step::Lock { order, .. }, true) = (one, a == b) {
                            (a, b) = world.call_it(*order, a, b);
                        }
                        // Tickets that were chosen in the place of a buyer who did not choose are taken, or are not tried.
                        let may_be =
                            |step, chosen, answer: &Answer| step == chosen || matches!(answer, Answer::Order(_));
                        (may_be(one, &chosen_one, &a) && may_be(other, &chosen_other, &b))
                            .then(|| (world, Answer::Both(Box::new(a), Box::new(b))))
                    }));
                }
            }
        }
        outcomes
    }

    /// Of two locks that got one order, it is not seen which one made it: the first names it.
    fn call_it(&mut self, name: No, one: Answer, other: Answer) -> (Answer, Answer) {
        let Answer::Order(made) = one else { return (one, other) };
        if made == name + SECOND {
            let order = self.orders.remove(&made).expect("the order that was made");
            self.orders.insert(name, order);
            for (job, _) in &mut self.outbox {
                if *job == Job::Expire(made) {
                    *job = Job::Expire(name);
                }
            }
            self.outbox.sort_unstable();
            return (Answer::Order(name), Answer::Order(name));
        }
        (one, other)
    }

    fn one_after_the_other(&self, first: &Step, second: &Step, lazy: (bool, bool)) -> Vec<(Self, Answer, Answer)> {
        let (world, a) = self.taken(first, lazy.0);
        let (world, b) = world.taken(second, lazy.1);
        let mut found = vec![(world, a, b)];
        for pause in 0.. {
            let mut world = self.clone();
            world.meanwhile = Some(Meanwhile { step: second.clone(), is_lazy: lazy.1, pause, answer: None });
            let (mut world, a) = world.taken(first, lazy.0);
            let Some(Meanwhile { answer: Some(b), .. }) = world.meanwhile.take() else { break };
            found.push((world, a, b));
        }
        found
    }

    /// Of two locks, each passes over the tickets that the other is looking at, even if the other then does not take
    /// them. So each may get any tickets that it could have chosen.
    fn variants(&self, one: &Step, other: &Step) -> Vec<(Step, Step)> {
        let mut pairs = vec![(one.clone(), other.clone())];
        if let (Step::Lock { .. }, Step::Lock { .. }) = (one, other) {
            let with = |of: &Step| [vec![of.clone()], self.with_chosen_tickets(of)].concat();
            let others = with(other);
            pairs = with(one).iter().flat_map(|one| others.iter().map(|other| (one.clone(), other.clone()))).collect();
        }
        pairs
    }

    fn with_chosen_tickets(&self, lock: &Step) -> Vec<Step> {
        let Step::Lock { buyer, wish: wish @ Wish { listing, tickets: Chosen::Any(count), .. }, order } = lock else {
            return Vec::new();
        };
        let free: Vec<_> = self.free(*listing).into_iter().map(|ticket| (*listing, ticket)).collect();
        let chosen = |tickets| Wish { tickets: Chosen::These(tickets), ..wish.clone() };
        let lock = |tickets| Step::Lock { buyer: *buyer, wish: chosen(tickets), order: *order };
        subsets(&free, *count).into_iter().map(lock).collect()
    }
}

/// Which of two steps may leave overdue orders to others.
fn ways(first: &Step, second: &Step) -> Vec<(bool, bool)> {
    let lazy = |step: &Step| if matches!(step, Step::Lock { .. }) { vec![false, true] } else { vec![false] };
    lazy(first).into_iter().flat_map(|one| lazy(second).into_iter().map(move |other| (one, other))).collect()
}

/// The subsets of a size, in order.
pub(crate) fn subsets<T: Copy>(all: &[T], size: usize) -> Vec<Vec<T>> {
    match (all, size) {
        (_, 0) => vec![Vec::new()],
        ([], _) => Vec::new(),
        ([first, rest @ ..], _) => {
            let with = subsets(rest, size - 1).into_iter().map(|it| [vec![*first], it].concat());
            with.chain(subsets(rest, size)).collect()
        }
    }
}

/// Draws two steps about one listing, if there are any.
pub(crate) fn choose(world: &World, no: No, dice: &mut StdRng) -> Option<Step> {
    let listings: Vec<No> = world.listings.keys().copied().collect();
    if listings.is_empty() {
        return None;
    }
    let listing = listings[dice.random_range(0..listings.len())];
    let kinds: Vec<Vec<Step>> = [
        locking(world, listing, no),
        changing(world, listing, no, dice),
        ordering(world, listing),
        paying(world, listing),
        hearing(world, listing),
    ]
    .into_iter()
    .filter(|steps| !steps.is_empty())
    .collect();
    let mut draw = || {
        let steps = &kinds[dice.random_range(0..kinds.len())];
        steps[dice.random_range(0..steps.len())].clone()
    };
    let (one, mut other) = (draw(), draw());
    if let Step::Lock { order, .. } = &mut other {
        *order += SECOND;
    }
    Some(Step::Together(Box::new(one), Box::new(other)))
}

fn locking(world: &World, listing: No, order: No) -> Vec<Step> {
    let it = &world.listings[&listing];
    let free: Vec<_> = world.free(listing).into_iter().map(|ticket| (listing, ticket)).collect();
    let mut wishes: Vec<Chosen> = (1..=HELD).map(Chosen::Any).collect();
    wishes.extend(free.iter().map(|ticket| Chosen::These(vec![*ticket])));
    wishes.extend(free.windows(2).map(|tickets| Chosen::These(tickets.to_vec())));
    let buyers = (0..world.people).filter(|buyer| *buyer != it.seller);
    let lock = |buyer, tickets: &Chosen| {
        let wish = Wish { listing, version: it.version, price: it.price, tickets: tickets.clone() };
        Step::Lock { buyer, wish, order }
    };
    buyers.flat_map(|buyer| wishes.iter().map(move |tickets| lock(buyer, tickets))).collect()
}

fn changing(world: &World, listing: No, no: No, dice: &mut StdRng) -> Vec<Step> {
    let it = &world.listings[&listing];
    let (who, version) = (it.seller, it.version);
    let others = (0..world.people).filter(|who| *who != it.seller);
    let mut steps: Vec<Step> =
        others.flat_map(|who| (1..=HELD).map(move |wanted| Step::Join { who, listing, wanted })).collect();
    steps.extend(it.waitlist.iter().map(|entry| Step::Leave { who: entry.who, listing }));
    steps.extend((0..3).map(|_| Step::Edit { who, listing, version, form: draw_form(dice) }));
    steps.push(Step::Close { who, listing, is_closed: !it.is_waitlist_closed });
    let withdrawn = it.withdrawals.iter().flat_map(|(_, tickets)| tickets);
    steps.extend(withdrawn.map(|ticket| Step::Restore { who, listing, ticket: *ticket }));
    // Rarely: withdrawn tickets take few further steps.
    if no.is_multiple_of(4) {
        steps.push(Step::Withdraw { who, listing, ticket: None });
        let listed = it.seating.iter().filter(|ticket| world.status(listing, **ticket) != TicketStatus::Sold);
        steps.extend(listed.map(|ticket| Step::Withdraw { who, listing, ticket: Some(*ticket) }));
    }
    steps
}

fn ordering(world: &World, listing: No) -> Vec<Step> {
    let steps = world.open_orders(listing).flat_map(|(order, it)| {
        let who = it.buyer;
        if world.locks(it) {
            vec![Step::Cancel { who, order }, Step::Start { who, order }]
        } else {
            vec![Step::Expire { order }]
        }
    });
    steps.collect()
}

fn paying(world: &World, listing: No) -> Vec<Step> {
    let attempts = world.attempts().filter(|((order, _), it)| world.orders[order].listing == listing && it.recorded);
    let steps = attempts.flat_map(|(attempt, it)| {
        let check = Step::Check { who: world.orders[&attempt.0].buyer, order: attempt.0 };
        match it.intent.as_ref().map(|intent| intent.state) {
            Some(Card::Awaited | Card::Declined) => {
                let cards = [TestCard::Good, TestCard::Declined].map(|card| Step::Pay { attempt, card });
                [vec![check], cards.to_vec()].concat()
            }
            Some(Card::Challenged) => vec![check, Step::Answer { attempt, proves: true }],
            Some(Card::Authorised) => vec![check],
            _ => Vec::new(),
        }
    });
    steps.collect()
}

fn hearing(world: &World, listing: No) -> Vec<Step> {
    let webhooks = world.webhooks().filter(|((order, ..), _)| world.orders[order].listing == listing);
    let steps = webhooks.filter_map(|(webhook, it)| match (it.is_stored, it.handled) {
        (false, _) => Some(Step::Deliver { webhook }),
        (true, false) => Some(Step::Handle { webhook }),
        (true, true) => None,
    });
    steps.collect()
}
