//! Which two steps run at the same time: any two about the same ticket.

use rand::{RngExt, rngs::StdRng};

use crate::{
    step::{Step, TestCard},
    world::{Card, No, World},
};

/// The second of two locks makes an order with this number plus its own.
const SECOND: No = 500;

/// Draws two steps about one ticket, if there are any.
pub(crate) fn choose(world: &World, no: No, dice: &mut StdRng) -> Option<Step> {
    let tickets: Vec<No> = world.tickets.keys().copied().collect();
    if tickets.is_empty() {
        return None;
    }
    let ticket = tickets[dice.random_range(0..tickets.len())];
    let kinds: Vec<Vec<Step>> =
        [listing(world, ticket, no), ordering(world, ticket), paying(world, ticket), hearing(world, ticket)]
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

fn listing(world: &World, ticket: No, order: No) -> Vec<Step> {
    let it = &world.tickets[&ticket];
    let (who, version, seen) = (it.seller, it.version, it.price);
    let buyers = (0..world.people).filter(|buyer| *buyer != it.seller);
    let mut steps: Vec<Step> = buyers.map(|buyer| Step::Lock { buyer, ticket, seen, order }).collect();
    let others = (0..world.people).filter(|who| *who != it.seller);
    steps.extend(others.map(|who| Step::Join { who, ticket }));
    steps.extend(it.waitlist.iter().map(|who| Step::Leave { who: *who, ticket }));
    steps.push(Step::Edit { who, ticket, version, price: 777 });
    // Rarely: a withdrawn ticket takes no further steps.
    if order.is_multiple_of(4) {
        steps.push(Step::Withdraw { who, ticket });
    }
    steps
}

fn ordering(world: &World, ticket: No) -> Vec<Step> {
    let open = world.orders.iter().filter(|(_, it)| it.ticket == ticket && World::is_open(it.status));
    let steps = open.flat_map(|(order, it)| {
        let (order, who) = (*order, it.buyer);
        if world.locks(it) {
            vec![Step::Cancel { who, order }, Step::Start { who, order }]
        } else {
            vec![Step::Expire { order }]
        }
    });
    steps.collect()
}

fn paying(world: &World, ticket: No) -> Vec<Step> {
    let attempts = world.attempts().filter(|((order, _), it)| world.orders[order].ticket == ticket && it.recorded);
    let steps = attempts.flat_map(|(attempt, it)| {
        let check = Step::Check { who: world.orders[&attempt.0].buyer, order: attempt.0 };
        match it.intent.map(|intent| intent.state) {
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

fn hearing(world: &World, ticket: No) -> Vec<Step> {
    let events = world.events().filter(|((order, ..), _)| world.orders[order].ticket == ticket);
    let steps = events.filter_map(|(event, it)| match (it.is_stored, it.handled) {
        (false, _) => Some(Step::Deliver { event }),
        (true, false) => Some(Step::Handle { event }),
        (true, true) => None,
    });
    steps.collect()
}
