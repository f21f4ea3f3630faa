//! Choosing the next step: any that makes sense in the present world, the more revealing ones more often.

use domain::payments::PaymentStatus;
use model::{disputes::DisputeStatus, tickets::SplitRule};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

use crate::{
    at_once::{self, subsets},
    buying::{Chosen, Wish},
    catalogue::Typed,
    selling::Form,
    standing::allows,
    step::{BankAct, NAMES, Step, TestCard},
    world::{Card, Fault, HELD, HOUR, Job, LOCK, MINUTE, MONTH, No, Time, World},
};

/// Listings in one sequence: few, so that buyers meet.
const LISTINGS: usize = 3;
/// Tickets of one listing, at most.
const TICKETS: u32 = 4;
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
    let mut kinds = selling(world, no, dice);
    kinds.extend(buying(world, no));
    kinds.extend(waiting(world));
    kinds.extend(paying(world));
    kinds.extend(going_back(world));
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

/// A form that can be sent. Nearly all name the same event, and half of them leave the split open.
pub(crate) fn draw_form(dice: &mut StdRng) -> Form {
    let mut one_of = |all: &[u32]| *all.choose(dice).expect("some");
    let (first_seat, count) = (one_of(&[0, 1, 1, 2]), one_of(&[1, 2, 3, TICKETS]));
    let split = SplitRule::ALL[(one_of(&[0, 0, 0, 1, 2, 3])) as usize];
    let event = Typed::ALL[one_of(&[0, 0, 0, 1, 1, 2, 3]) as usize];
    Form { event, first_seat, count, split, price: PRICES[one_of(&[0, 1, 2]) as usize] }
}

fn selling(world: &World, no: No, dice: &mut StdRng) -> Vec<Kind> {
    let may_list = world.listings.len() < LISTINGS;
    let list = (0..2).filter(|_| may_list).map(|seller| Step::List { seller, listing: no, form: draw_form(dice) });
    let list: Vec<Step> = list.collect();
    let (mut edit, mut withdraw, mut close, mut meddle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut restore, mut restore_in_vain) = (Vec::new(), Vec::new());
    for (listing, it) in &world.listings {
        let (listing, version, who) = (*listing, it.version, it.seller);
        let form = draw_form(dice);
        edit.push(Step::Edit { who, listing, version, form });
        for ticket in 0..it.tickets.len() {
            let is_withdrawn = it.withdrawals.iter().any(|(_, tickets)| tickets.contains(&ticket));
            if is_withdrawn { &mut restore } else { &mut restore_in_vain }.push(Step::Restore { who, listing, ticket });
        }
        let one = (0..it.tickets.len()).map(|ticket| Step::Withdraw { who, listing, ticket: Some(ticket) });
        withdraw.extend(one.chain([Step::Withdraw { who, listing, ticket: None }]));
        close.push(Step::Close { who, listing, is_closed: !it.is_waitlist_closed });
        let other = (who + 1) % world.people;
        meddle.extend([
            Step::Edit { who: other, listing, version, form },
            Step::Edit { who, listing, version: version - 1, form },
            Step::Withdraw { who: other, listing, ticket: None },
            Step::Restore { who: other, listing, ticket: 0 },
            Step::Close { who: other, listing, is_closed: true },
        ]);
    }
    let sign_up = if world.people < NAMES.len() { vec![Step::SignUp] } else { Vec::new() };
    let list_weight = if world.listings.is_empty() { 100 } else { 6 };
    vec![
        (list_weight, list),
        (4, edit),
        (2, withdraw),
        (2, restore),
        (1, restore_in_vain),
        (1, close),
        (1, meddle),
        (1, sign_up),
    ]
}

fn buying(world: &World, no: No) -> Vec<Kind> {
    let (mut lock, mut choose, mut lock_in_vain) = (Vec::new(), Vec::new(), Vec::new());
    for (listing, it) in &world.listings {
        let listing = *listing;
        let free: Vec<_> = world.free(listing).into_iter().map(|ticket| (listing, ticket)).collect();
        let all: Vec<_> = (0..it.tickets.len()).map(|ticket| (listing, ticket)).collect();
        for buyer in 0..world.people {
            let wish = |tickets| Wish { listing, version: it.version, price: it.price, tickets };
            let step = |wish| Step::Lock { buyer, wish, order: no };
            for count in 1..=TICKETS as usize {
                let is_possible = buyer != it.seller && count <= HELD && world.may_take(listing, count);
                if is_possible {
                    choose.extend(subsets(&free, count).into_iter().map(|tickets| step(wish(Chosen::These(tickets)))));
                }
                if is_possible { &mut lock } else { &mut lock_in_vain }.push(step(wish(Chosen::Any(count))));
            }
            let elsewhere = world.listings.keys().filter(|other| **other != listing).map(|other| (*other, 0));
            let tickets = all.iter().copied().chain(elsewhere);
            lock_in_vain.extend(tickets.map(|ticket| step(wish(Chosen::These(vec![ticket])))));
            lock_in_vain.push(step(Wish { price: it.price + 1, ..wish(Chosen::Any(1)) }));
            lock_in_vain.push(step(Wish { version: it.version - 1, ..wish(Chosen::Any(1)) }));
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
    vec![(12, lock), (4, choose), (3, lock_in_vain), (4, cancel), (1, meddle)]
}

/// Users who may join a waitlist; and sometimes those who may not, or those who leave.
fn waiting(world: &World) -> Vec<Kind> {
    let (mut join, mut join_in_vain, mut leave) = (Vec::new(), Vec::new(), Vec::new());
    for (listing, it) in &world.listings {
        let listing = *listing;
        let (free, held) = world.free_and_held(listing);
        for wanted in 1..=TICKETS as usize {
            let may_wait = held > 0
                && wanted <= HELD
                && !allows(it.split, wanted, free, held)
                && allows(it.split, wanted, free + held, 0);
            let joins = (0..world.people).map(|who| Step::Join { who, listing, wanted });
            if may_wait { &mut join } else { &mut join_in_vain }.extend(joins);
        }
        leave.extend(it.waitlist.iter().map(|entry| Step::Leave { who: entry.who, listing }));
    }
    vec![(9, join), (2, join_in_vain), (1, leave)]
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
        match it.intent.as_ref().map(|intent| intent.state) {
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

/// Money that goes back: the operator refunds, banks return refunds and dispute payments, the operator settles.
fn going_back(world: &World) -> Vec<Kind> {
    let (mut refund, mut give_back, mut bank, mut settle, mut in_vain) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (attempt, it) in world.attempts().filter(|(_, it)| it.recorded) {
        let Some(intent) = it.intent.as_ref().filter(|intent| intent.state == Card::Captured) else { continue };
        let price = world.orders[&attempt.0].price();
        let refunds = [price, price / 3, 1].map(|cents| Step::Refund { attempt, cents });
        let refunds = refunds.into_iter().filter(|step| world.knows(step));
        let can_refund = intent.refundable(price) > 0;
        if can_refund { &mut refund } else { &mut in_vain }.extend(refunds);
        if intent.refunded() > 0 {
            give_back.push(Step::Return { attempt });
        }
        let acts = match intent.dispute.as_ref().map(|dispute| dispute.status) {
            None => vec![BankAct::Dispute, BankAct::Inquire],
            Some(DisputeStatus::WarningNeedsResponse) => vec![BankAct::Dispute, BankAct::Win],
            Some(DisputeStatus::NeedsResponse) => vec![BankAct::Answer, BankAct::Win, BankAct::Lose],
            Some(DisputeStatus::UnderReview) => vec![BankAct::Win, BankAct::Lose],
            Some(_) => vec![BankAct::Dispute],
        };
        bank.extend(acts.into_iter().map(|act| Step::Bank { attempt, act }));
        let is_owed = matches!(it.status, PaymentStatus::RefundFailed | PaymentStatus::PartRefundFailed);
        let steps = Some(Step::Settle { attempt }).filter(|step| world.knows(step));
        if is_owed { &mut settle } else { &mut in_vain }.extend(steps);
    }
    let review = if refund.is_empty() && in_vain.is_empty() || !world.knows(&Step::Review) {
        Vec::new()
    } else {
        vec![Step::Review]
    };
    // After a failure an hour passes until the next try.
    let until_the_next_try = if settle.is_empty() { Vec::new() } else { vec![Step::Wait { time: HOUR }] };
    vec![(6, refund), (6, give_back), (6, bank), (2, settle), (1, in_vain), (2, review), (3, until_the_next_try)]
}

fn behind_the_scenes(world: &World, hardship: Hardship) -> Vec<Kind> {
    let expire = world.orders.iter().filter(|(_, it)| World::is_open(it.status));
    let expire = expire.map(|(order, _)| Step::Expire { order: *order }).collect();
    let (mut deliver, mut again, mut handle) = (Vec::new(), Vec::new(), Vec::new());
    for (webhook, it) in world.webhooks() {
        if it.is_stored { &mut again } else { &mut deliver }.push(Step::Deliver { webhook });
        if it.is_stored && !it.handled { &mut handle } else { &mut again }.push(Step::Handle { webhook });
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
    let fault = [Fault::Fail, Fault::LoseAnswer, Fault::BankRefuses].map(|fault| Step::Break { fault: Some(fault) });
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
