//! Choosing the next step: any that makes sense in the present world, the more revealing ones more often.

use rand::{RngExt, rngs::StdRng};

use crate::{
    at_once,
    step::{NAMES, Step, TestCard},
    world::{Card, Fault, Job, LOCK, MINUTE, MONTH, No, Time, World},
};

/// Tickets in one sequence: few, so that buyers meet.
const TICKETS: usize = 3;
const PRICES: [i64; 3] = [50, 1999, 4950];
const WAITS: [Time; 6] = [MINUTE / 2, MINUTE, 5 * MINUTE, 14 * MINUTE, LOCK, LOCK + MINUTE];

/// Steps of one kind, and their weight among the kinds.
type Kind = (u32, Vec<Step>);

/// What makes a sequence hard. Only one of them at a time: which of two steps at once meets a failing
/// call is chance, and the model would have to allow for the results of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hardship {
    /// Calls to Stripe fail, or their answers are lost.
    FailingCalls,
    /// Two steps run at the same time.
    TwoAtOnce,
}

impl Hardship {
    /// One sequence in four has two steps at once: every order of the two has to be tried.
    pub(crate) fn draw(dice: &mut StdRng) -> Self {
        if dice.random_ratio(1, 4) { Self::TwoAtOnce } else { Self::FailingCalls }
    }
}

/// Draws the next step; `no` is a number that is not in use.
pub(crate) fn choose(world: &World, no: No, hardship: Hardship, dice: &mut StdRng) -> Step {
    if hardship == Hardship::TwoAtOnce
        && dice.random_ratio(1, 3)
        && let Some(step) = at_once::choose(world, no, dice)
    {
        return step;
    }
    let mut kinds = selling(world, no);
    kinds.extend(buying(world, no));
    kinds.extend(paying(world));
    kinds.extend(behind_the_scenes(world, hardship));
    kinds.retain(|(weight, steps)| *weight > 0 && !steps.is_empty());
    let total: u32 = kinds.iter().map(|(weight, _)| weight).sum();
    let mut drawn = dice.random_range(0..total);
    for (weight, steps) in kinds {
        if drawn < weight {
            return steps[dice.random_range(0..steps.len())].clone();
        }
        drawn -= weight;
    }
    unreachable!("one kind is drawn")
}

fn selling(world: &World, no: No) -> Vec<Kind> {
    let list = PRICES.map(|price| (0..2).map(move |seller| Step::List { seller, ticket: no, price }));
    let list = if world.tickets.len() < TICKETS { list.into_iter().flatten().collect() } else { Vec::new() };
    let mut edit = Vec::new();
    let mut withdraw = Vec::new();
    let mut meddle = Vec::new();
    for (ticket, it) in &world.tickets {
        let (ticket, version, who) = (*ticket, it.version, it.seller);
        edit.extend(PRICES.map(|price| Step::Edit { who, ticket, version, price }));
        withdraw.push(Step::Withdraw { who, ticket });
        let other = (who + 1) % world.people;
        meddle.push(Step::Edit { who: other, ticket, version, price: 50 });
        meddle.push(Step::Edit { who, ticket, version: version - 1, price: 50 });
        meddle.push(Step::Withdraw { who: other, ticket });
    }
    let sign_up = if world.people < NAMES.len() { vec![Step::SignUp] } else { Vec::new() };
    vec![(if world.tickets.is_empty() { 100 } else { 5 }, list), (4, edit), (1, withdraw), (1, meddle), (1, sign_up)]
}

fn buying(world: &World, no: No) -> Vec<Kind> {
    let mut lock = Vec::new();
    let mut lock_in_vain = Vec::new();
    for (ticket, it) in &world.tickets {
        for buyer in 0..world.people {
            let step = |seen| Step::Lock { buyer, ticket: *ticket, seen, order: no };
            let in_vain = buyer == it.seller || !world.is_free(*ticket);
            if in_vain { &mut lock_in_vain } else { &mut lock }.push(step(it.price));
            lock_in_vain.push(step(it.price + 1));
        }
    }
    let (mut cancel, mut meddle) = (Vec::new(), Vec::new());
    for (order, it) in &world.orders {
        let (order, who) = (*order, it.buyer);
        let other = (who + 1) % world.people;
        meddle.extend([
            Step::Cancel { who: other, order },
            Step::Start { who: other, order },
            Step::Check { who: other, order },
        ]);
        if world.locks(it) { &mut cancel } else { &mut meddle }.push(Step::Cancel { who, order });
    }
    let (join, leave) = waiting(world);
    vec![(14, lock), (3, lock_in_vain), (8, join), (1, leave), (3, cancel), (1, meddle)]
}

/// Users who may join a waitlist and are not on it; and sometimes one who may not.
fn waiting(world: &World) -> (Vec<Step>, Vec<Step>) {
    let (mut join, mut leave) = (Vec::new(), Vec::new());
    for (ticket, it) in &world.tickets {
        let ticket = *ticket;
        let is_locked = world.holder(ticket).is_some_and(|order| World::is_open(world.orders[&order].status));
        for who in (0..world.people).filter(|_| is_locked) {
            join.push(Step::Join { who, ticket });
        }
        leave.extend(it.waitlist.iter().map(|who| Step::Leave { who: *who, ticket }));
    }
    (join, leave)
}

fn paying(world: &World) -> Vec<Kind> {
    let (mut start, mut start_in_vain, mut check, mut check_in_vain) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (order, it) in &world.orders {
        let (order, who) = (*order, it.buyer);
        if world.locks(it) { &mut start } else { &mut start_in_vain }.push(Step::Start { who, order });
        if world.live_attempt(order).is_some() { &mut check } else { &mut check_in_vain }
            .push(Step::Check { who, order });
    }
    let (mut pay, mut pay_in_vain, mut answer) = (Vec::new(), Vec::new(), Vec::new());
    for (attempt, it) in world.attempts().filter(|(_, it)| it.recorded) {
        let cards = [TestCard::Good, TestCard::Good, TestCard::Declined, TestCard::Declined, TestCard::Challenged];
        let cards = cards.map(|card| Step::Pay { attempt, card });
        match it.intent.map(|intent| intent.state) {
            Some(Card::Challenged) => {
                answer.extend([true, true, false].map(|proves| Step::Answer { attempt, proves }));
                pay.extend(cards);
            }
            Some(Card::Awaited | Card::Declined) => pay.extend(cards),
            _ => pay_in_vain.extend(cards),
        }
    }
    vec![(12, start), (1, start_in_vain), (14, pay), (1, pay_in_vain), (6, answer), (8, check), (1, check_in_vain)]
}

fn behind_the_scenes(world: &World, hardship: Hardship) -> Vec<Kind> {
    let expire = world.orders.iter().filter(|(_, it)| World::is_open(it.status));
    let expire = expire.map(|(order, _)| Step::Expire { order: *order }).collect();
    let (mut deliver, mut again, mut handle) = (Vec::new(), Vec::new(), Vec::new());
    for (event, it) in world.events() {
        if it.is_stored { &mut again } else { &mut deliver }.push(Step::Deliver { event });
        if it.is_stored && !it.handled { &mut handle } else { &mut again }.push(Step::Handle { event });
    }
    let is_due = world.outbox.iter().any(|(_, due)| *due <= world.now);
    let relay = if is_due { vec![Step::Relay] } else { Vec::new() };
    let (mut run, mut run_twice, mut lose) = (Vec::new(), Vec::new(), Vec::new());
    for job in world.queue.iter().copied() {
        // A timer runs early only by mistake; the cases that matter are late, twice and never.
        let early = matches!(job, Job::Expire(order) if world.locks(&world.orders[&order]));
        if !early {
            run.push(Step::Run { job, again: false });
        }
        run_twice.push(Step::Run { job, again: true });
        lose.push(Step::Lose { job });
    }
    let sweep = |step| if world.knows(&step) { vec![step] } else { Vec::new() };
    let wait = WAITS.map(|time| Step::Wait { time }).to_vec();
    let until_the_event =
        if world.orders.is_empty() { Vec::new() } else { vec![Step::Wait { time: MONTH + MONTH / 30 }] };
    let fault = [Fault::Fail, Fault::LoseAnswer].map(|fault| Step::Break { fault: Some(fault) });
    let may_fail = hardship == Hardship::FailingCalls && world.fault.is_none();
    let fault = if may_fail { fault.to_vec() } else { Vec::new() };
    vec![
        (3, expire),
        (8, deliver),
        (3, again),
        (5, handle),
        (6, relay),
        (10, run),
        (3, run_twice),
        (2, lose),
        (3, sweep(Step::SweepOrders)),
        (4, sweep(Step::SweepPayments)),
        (if world.orders.is_empty() { 0 } else { 9 }, wait),
        (1, until_the_event),
        (3, fault),
    ]
}
