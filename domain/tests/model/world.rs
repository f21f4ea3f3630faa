//! The model: the state of tickets, orders and attempts to pay after each step.
//!
//! Written from the documents (`docs/PAYMENTS.md`, `docs/DATABASE.md`), to be read as a specification. It
//! shares the product's words (statuses, error codes) and none of its rules.

use std::collections::BTreeMap;

use domain::payments::PaymentStatus;
use model::orders::OrderStatus;
use serde::{Deserialize, Serialize};

use crate::step::{Answer, Step};

/// Half-minutes. Every length of time in the rules is a whole number of them, so that the milliseconds
/// which a run itself takes decide nothing.
pub(crate) type Time = u32;
/// The number by which steps name a ticket or an order. It stays the same when a step is removed.
pub(crate) type No = u32;
/// An index into [`World::people`].
pub(crate) type Person = usize;

pub(crate) const MINUTE: Time = 2;
/// How long a lock holds a ticket.
pub(crate) const LOCK: Time = 15 * MINUTE;
/// How long a lock that others wanted counts against its buyer's next one.
pub(crate) const COOL_DOWN: Time = 5 * MINUTE;
/// How long a lock lasts at least from the first attempt to capture.
pub(crate) const GRACE: Time = 5 * MINUTE / 2;
/// How long an attempt is left alone before the sweep polls it again.
pub(crate) const UNSETTLED: Time = MINUTE;
/// How long an event is left to the queue before the sweep handles it.
pub(crate) const FORGOTTEN: Time = MINUTE / 2;
/// The longest backoff of the sweep for an event. The first delay is a minute, each one twice the one
/// before.
pub(crate) const LONGEST_PAUSE: Time = 60 * MINUTE;
/// Tickets that one buyer may hold at a time.
pub(crate) const HELD: usize = 2;
/// Users who may be on the waitlist of one ticket.
pub(crate) const WAITLIST_MAX: usize = 2;
/// Waitlists that one user may be on.
pub(crate) const PLACES: usize = 2;
/// An order that the waitlist creates gets its number from the ticket's order before it, plus this.
pub(crate) const NEXT: No = 1000;
/// Declined cards that cancel an order.
pub(crate) const ATTEMPTS: usize = 3;
/// Events take place a month after they are listed.
pub(crate) const MONTH: Time = 30 * 24 * 60 * MINUTE;

/// One attempt to pay: its order, and its number within the order.
pub(crate) type AttemptNo = (No, u32);
/// One webhook: its attempt, and which of the events about it.
pub(crate) type EventNo = (No, u32, usize);

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) people: usize,
    pub(crate) tickets: BTreeMap<No, Ticket>,
    pub(crate) orders: BTreeMap<No, Order>,
    /// Jobs that the relay has not taken yet, and when each is due; sorted.
    pub(crate) outbox: Vec<(Job, Time)>,
    /// Jobs that the relay has taken and that were neither done nor lost; sorted.
    pub(crate) queue: Vec<Job>,
    /// The failure of the next call that changes something at Stripe.
    pub(crate) fault: Option<Fault>,
    /// The step that runs at the same time as the current one.
    pub(crate) meanwhile: Option<Meanwhile>,
}

/// A step that runs within another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meanwhile {
    pub(crate) step: Step,
    /// The pause of the other step at which it runs.
    pub(crate) pause: usize,
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) seller: Person,
    pub(crate) price: i64,
    pub(crate) version: i32,
    pub(crate) offer: Offer,
    pub(crate) starts: Time,
    /// Its waitlist, in the order of joining.
    pub(crate) waitlist: Vec<Person>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Listed,
    Sold,
    Withdrawn,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) ticket: No,
    pub(crate) buyer: Person,
    pub(crate) price: i64,
    /// The ticket's version when it was locked.
    pub(crate) version: i32,
    pub(crate) status: OrderStatus,
    pub(crate) ends: Time,
    /// When it left the statuses that hold the ticket for a payment.
    pub(crate) ended: Option<Time>,
    /// Whether another user asked for the ticket since.
    pub(crate) wanted: bool,
    /// How many orders existed before it.
    pub(crate) born: usize,
    /// The first has number 1.
    pub(crate) attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) status: PaymentStatus,
    /// When it was last polled or changed.
    pub(crate) touched: Time,
    /// The intent at Stripe, if there is one.
    pub(crate) intent: Option<Intent>,
    /// Whether the database has the intent, and the buyer its form.
    pub(crate) recorded: bool,
    /// The webhooks about it, in the order in which Stripe made them.
    pub(crate) events: Vec<Webhook>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) state: Card,
    pub(crate) refunded: bool,
    /// Authorised once, and then voided.
    pub(crate) released: bool,
}

/// The status of an intent at Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    Awaited,
    Declined,
    Challenged,
    Authorised,
    Captured,
    Cancelled,
    /// The last card was declined, and then it was closed.
    DeclinedAndCancelled,
}

/// One event, and how far it is processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) is_stored: bool,
    pub(crate) handled: bool,
    /// How often the sweep has tried to handle it.
    pub(crate) tries: u32,
    /// When the sweep tries next.
    pub(crate) due: Time,
}

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Job {
    Expire(No),
    Reconcile(AttemptNo),
    Handle(EventNo),
}

/// The failure of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fault {
    /// It has no effect and answers 500.
    Fail,
    /// It has its effect and answers 500 all the same.
    LoseAnswer,
}

impl World {
    /// Four users, and no tickets yet.
    pub(crate) fn new() -> Self {
        Self { people: 4, ..Self::default() }
    }

    pub(crate) fn is_open(status: OrderStatus) -> bool {
        matches!(status, OrderStatus::Created | OrderStatus::AwaitingPayment)
    }

    /// Whether an order locks its ticket at this moment.
    pub(crate) fn locks(&self, order: &Order) -> bool {
        Self::is_open(order.status) && order.ends > self.now
    }

    /// The order that holds the ticket or has bought it, overdue or not.
    pub(crate) fn holder(&self, ticket: No) -> Option<No> {
        let holds = |order: &Order| {
            Self::is_open(order.status) || matches!(order.status, OrderStatus::Complete | OrderStatus::RefundPending)
        };
        self.orders.iter().find(|(_, order)| order.ticket == ticket && holds(order)).map(|(no, _)| *no)
    }

    /// Whether the ticket can be locked: its holder, if there is one, is past its end.
    pub(crate) fn is_free(&self, ticket: No) -> bool {
        self.holder(ticket).is_none_or(|no| {
            let order = &self.orders[&no];
            Self::is_open(order.status) && !self.locks(order)
        })
    }

    /// Whether the ticket has a waitlist.
    pub(crate) fn is_awaited(&self, ticket: No) -> bool {
        !self.tickets[&ticket].waitlist.is_empty()
    }

    pub(crate) fn has_started(&self, ticket: No) -> bool {
        self.tickets[&ticket].starts <= self.now
    }

    /// A point at which the product has committed and holds no row lock: the step that runs at the same
    /// time may run here, as a whole.
    pub(crate) fn pause(&mut self) {
        let Some(mut meanwhile) = self.meanwhile.take() else { return };
        match meanwhile.pause.checked_sub(1) {
            Some(pause) => meanwhile.pause = pause,
            None if meanwhile.answer.is_none() => meanwhile.answer = Some(self.take(&meanwhile.step)),
            None => {}
        }
        self.meanwhile = Some(meanwhile);
    }

    /// Whether an attempt may still take money.
    pub(crate) fn is_live(status: PaymentStatus) -> bool {
        matches!(status, PaymentStatus::Starting | PaymentStatus::Open | PaymentStatus::Capturing)
    }

    pub(crate) fn attempt(&self, (order, attempt): AttemptNo) -> &Attempt {
        &self.orders[&order].attempts[attempt as usize - 1]
    }

    pub(crate) fn attempt_mut(&mut self, (order, attempt): AttemptNo) -> &mut Attempt {
        let order = self.orders.get_mut(&order).expect("a known order");
        &mut order.attempts[attempt as usize - 1]
    }

    pub(crate) fn ticket_mut(&mut self, ticket: No) -> &mut Ticket {
        self.tickets.get_mut(&ticket).expect("a known ticket")
    }

    pub(crate) fn order_mut(&mut self, order: No) -> &mut Order {
        self.orders.get_mut(&order).expect("a known order")
    }

    /// The attempt of an order that may still take money; there is at most one.
    pub(crate) fn live_attempt(&self, order: No) -> Option<AttemptNo> {
        let attempts = (1..).zip(&self.orders[&order].attempts);
        attempts.into_iter().find(|(_, attempt)| Self::is_live(attempt.status)).map(|(no, _)| (order, no))
    }

    /// Every attempt.
    pub(crate) fn attempts(&self) -> impl Iterator<Item = (AttemptNo, &Attempt)> {
        self.orders.iter().flat_map(|(no, order)| (1..).zip(&order.attempts).map(|(n, attempt)| ((*no, n), attempt)))
    }

    /// Every event.
    pub(crate) fn events(&self) -> impl Iterator<Item = (EventNo, &Webhook)> {
        self.attempts().flat_map(|((order, attempt), it)| {
            it.events.iter().enumerate().map(move |(nth, event)| ((order, attempt, nth), event))
        })
    }

    /// Moves an order to a status, and stores when it ended.
    pub(crate) fn order_to(&mut self, order: No, status: OrderStatus) {
        let now = self.now;
        let order = self.order_mut(order);
        order.ended = if Self::is_open(status) { None } else { order.ended.or(Some(now)) };
        order.status = status;
    }

    /// Writes a job that is due at once.
    pub(crate) fn follow_up(&mut self, job: Job) {
        self.follow_up_at(job, self.now);
    }

    pub(crate) fn follow_up_at(&mut self, job: Job, due: Time) {
        self.outbox.push((job, due));
        self.outbox.sort_unstable();
    }

    /// The prices of the sold tickets.
    pub(crate) fn sold(&self) -> impl Iterator<Item = i64> {
        self.orders.values().filter(|order| order.status == OrderStatus::Complete).map(|order| order.price)
    }
}

impl Intent {
    /// Whether a browser with its form could still have money authorised or captured.
    pub(crate) fn can_take_money(self) -> bool {
        !matches!(self.state, Card::Captured | Card::Cancelled | Card::DeclinedAndCancelled)
    }
}
