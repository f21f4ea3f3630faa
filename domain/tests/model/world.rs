//! The model: the state of listings, orders and attempts to pay after each step.
//!
//! Written from the documents (`docs/PAYMENTS.md`, `docs/FAIRNESS.md`, `docs/DATABASE.md`), to be read as a
//! specification. It shares the product's words (statuses, split rules, error codes) and none of its rules.

use std::collections::BTreeMap;

use domain::payments::PaymentStatus;
use model::{orders::OrderStatus, tickets::SplitRule};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Event,
    money::{Dispute, Known, Refund},
    step::{Answer, Step},
};

/// Half-minutes. Every length of time in the rules is a whole number of them, so that the milliseconds
/// which a run itself takes decide nothing.
pub(crate) type Time = u32;
/// The number by which steps name a listing or an order. It stays the same when a step is removed.
pub(crate) type No = u32;
/// A ticket: its listing, and an index into [`Listing::tickets`].
pub(crate) type TicketNo = (No, usize);
/// An index into [`World::people`].
pub(crate) type Person = usize;

pub(crate) const MINUTE: Time = 2;
pub(crate) const HOUR: Time = 60 * MINUTE;
/// How long a lock holds tickets.
pub(crate) const LOCK: Time = 15 * MINUTE;
/// How long a lock that others wanted counts against its buyer's next one.
pub(crate) const COOL_DOWN: Time = 5 * MINUTE;
/// How long the tickets of an order that has opened a payment are kept from others after the end of its lock.
pub(crate) const PAYMENT_GRACE: Time = MINUTE / 2;
/// For how long an offer that was not paid counts.
pub(crate) const DAY: Time = 24 * 60 * MINUTE;
/// Unpaid offers of a day after which a user is on no waitlist.
pub(crate) const UNPAID_OFFERS: usize = 3;
/// How long after a withdrawal its seller can undo it.
pub(crate) const RESTORE_WITHIN: Time = 10 * MINUTE;
/// How long a lock lasts at least from the first attempt to capture.
pub(crate) const CAPTURE_GRACE: Time = 5 * MINUTE / 2;
/// How long an attempt is left alone before the sweep polls it again.
pub(crate) const UNSETTLED: Time = MINUTE;
/// How long a webhook is left to the queue before the sweep handles it.
pub(crate) const FORGOTTEN: Time = MINUTE / 2;
/// The longest backoff: of the sweep for a webhook, and of what Stripe refuses. The first delay is a minute, each one
/// twice the one before.
pub(crate) const LONGEST_PAUSE: Time = HOUR;
/// Tickets that one buyer may hold at a time.
pub(crate) const HELD: usize = 3;
/// Tickets for one event that one buyer may have.
pub(crate) const OF_AN_EVENT: usize = 4;
/// Users who may be on one waitlist.
pub(crate) const WAITLIST_MAX: usize = 3;
/// Waitlists that one user may be on.
pub(crate) const PLACES: usize = 2;
/// The orders that a listing's waitlist makes are numbered from this, times the number of the listing.
pub(crate) const OFFERS: No = 1000;
/// Declined cards that cancel an order.
pub(crate) const ATTEMPTS: usize = 3;
/// Events take place a month after they are listed.
pub(crate) const MONTH: Time = 30 * 24 * 60 * MINUTE;

/// One attempt to pay: its order, and its number within the order.
pub(crate) type AttemptNo = (No, u32);
/// One webhook: its attempt, and which of the webhooks about it.
pub(crate) type WebhookNo = (No, u32, usize);

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) people: usize,
    /// The names of the venues.
    pub(crate) venues: BTreeMap<u32, &'static str>,
    pub(crate) events: Vec<Event>,
    pub(crate) listings: BTreeMap<No, Listing>,
    pub(crate) orders: BTreeMap<No, Order>,
    /// Jobs that the relay has not taken yet, and when each is due; sorted.
    pub(crate) outbox: Vec<(Job, Time)>,
    /// Jobs that the relay has taken and that were neither done nor lost; sorted.
    pub(crate) queue: Vec<Job>,
    /// The failure of the next call that changes something at Stripe.
    pub(crate) fault: Option<Fault>,
    /// Whether the step leaves overdue orders to others, where it may.
    pub(crate) is_lazy: bool,
    /// When the next review is due.
    pub(crate) next_review: Time,
    /// The step that runs at the same time as the current one.
    pub(crate) meanwhile: Option<Meanwhile>,
}

/// A step that runs within another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meanwhile {
    pub(crate) step: Step,
    /// See [`World::is_lazy`].
    pub(crate) is_lazy: bool,
    /// The pause of the other step at which it runs.
    pub(crate) pause: usize,
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listing {
    pub(crate) seller: Person,
    /// An index into [`World::events`].
    pub(crate) event: usize,
    /// The price of one ticket.
    pub(crate) price: i64,
    pub(crate) split: SplitRule,
    pub(crate) version: i32,
    /// In the order in which they were added.
    pub(crate) tickets: Vec<Ticket>,
    /// The tickets that are not withdrawn, in the order of their seats.
    pub(crate) seating: Vec<usize>,
    /// The same with those that were withdrawn since the last edit.
    pub(crate) places: Vec<usize>,
    /// In the order of joining.
    pub(crate) waitlist: Vec<Entry>,
    pub(crate) is_waitlist_closed: bool,
    /// The withdrawals since the last edit that were not undone: when each was, and its tickets.
    pub(crate) withdrawals: Vec<(Time, Vec<usize>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket {
    /// Empty with general admission.
    pub(crate) seat: String,
    pub(crate) sale: Sale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sale {
    Listed,
    Sold,
    Withdrawn,
}

/// A buyer on a waitlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) who: Person,
    /// How many tickets they want.
    pub(crate) wanted: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) listing: No,
    /// Indices into the listing's tickets, in the order of their seats.
    pub(crate) tickets: Vec<usize>,
    pub(crate) buyer: Person,
    /// What the listing was when the tickets were locked.
    pub(crate) bought: Bought,
    pub(crate) status: OrderStatus,
    pub(crate) ends: Time,
    /// When it left the statuses that hold tickets for a payment.
    pub(crate) ended: Option<Time>,
    /// Whether another user asked for its tickets since.
    pub(crate) wanted: bool,
    /// Whether its tickets take places of the buyer's.
    pub(crate) takes_places: bool,
    pub(crate) from_waitlist: bool,
    /// How many orders existed before it.
    pub(crate) born: usize,
    /// The first has number 1.
    pub(crate) attempts: Vec<Attempt>,
}

/// The copy of a listing on an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bought {
    pub(crate) version: i32,
    /// The price of one ticket.
    pub(crate) ticket_price: i64,
    pub(crate) title: &'static str,
    pub(crate) seats: Vec<String>,
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
    pub(crate) webhooks: Vec<Webhook>,
    /// What the product knows of the refunds and the dispute of its money.
    pub(crate) known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) state: Card,
    /// Authorised once, and then voided.
    pub(crate) released: bool,
    /// Oldest first.
    pub(crate) refunds: Vec<Refund>,
    /// The product's keys under which Stripe has refused a refund.
    pub(crate) refused: Vec<u32>,
    pub(crate) dispute: Option<Dispute>,
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

/// One webhook, and how far it is processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) is_stored: bool,
    pub(crate) handled: bool,
    /// How often the sweep has tried to handle it.
    pub(crate) tries: u32,
    /// When the sweep tries next.
    pub(crate) due: Time,
    /// Whether it is about a dispute, and not about the intent, its charge or a refund.
    pub(crate) is_dispute: bool,
}

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Job {
    Expire(No),
    Reconcile(AttemptNo),
    Handle(WebhookNo),
}

/// The failure of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fault {
    /// It has no effect and answers 500.
    Fail,
    /// It has its effect and answers 500 all the same.
    LoseAnswer,
    /// It is well, but a bank does not accept the next refund.
    BankRefuses,
}

impl World {
    /// Four users, and no listings yet.
    pub(crate) fn new() -> Self {
        Self { people: 4, ..Self::default() }
    }

    pub(crate) fn is_open(status: OrderStatus) -> bool {
        matches!(status, OrderStatus::Created | OrderStatus::AwaitingPayment)
    }

    /// Whether an order holds its tickets at this moment, as its buyer was told.
    pub(crate) fn locks(&self, order: &Order) -> bool {
        Self::is_open(order.status) && order.ends > self.now
    }

    /// A point at which the product has committed and holds no row lock: the step that runs at the same
    /// time may run here, as a whole.
    pub(crate) fn pause(&mut self) {
        let Some(mut meanwhile) = self.meanwhile.take() else { return };
        match meanwhile.pause.checked_sub(1) {
            Some(pause) => meanwhile.pause = pause,
            None if meanwhile.answer.is_none() => {
                let is_lazy = std::mem::replace(&mut self.is_lazy, meanwhile.is_lazy);
                meanwhile.answer = Some(self.take(&meanwhile.step));
                self.is_lazy = is_lazy;
            }
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

    pub(crate) fn listing_mut(&mut self, listing: No) -> &mut Listing {
        self.listings.get_mut(&listing).expect("a known listing")
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

    /// Every webhook.
    pub(crate) fn webhooks(&self) -> impl Iterator<Item = (WebhookNo, &Webhook)> {
        self.attempts().flat_map(|((order, attempt), it)| {
            it.webhooks.iter().enumerate().map(move |(nth, webhook)| ((order, attempt, nth), webhook))
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
}

impl Order {
    /// The price of all its tickets.
    pub(crate) fn price(&self) -> i64 {
        self.bought.ticket_price * i64::try_from(self.tickets.len()).expect("few tickets")
    }
}

impl Intent {
    pub(crate) fn new() -> Self {
        Self { state: Card::Awaited, released: false, refunds: Vec::new(), refused: Vec::new(), dispute: None }
    }

    /// Whether a browser with its form could still have money authorised or captured.
    pub(crate) fn can_take_money(&self) -> bool {
        !matches!(self.state, Card::Captured | Card::Cancelled | Card::DeclinedAndCancelled)
    }
}
