//! What can be seen of a world, the model's or the product's: the two must be equal.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use domain::payments::PaymentStatus;
use model::orders::{OrderStatus, Refund};

use crate::world::{AttemptNo, Card, EventNo, Intent, Job, No, Offer, Person, Time, World};

/// Everything that is compared after each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture {
    /// As the seller's list, the home page and the database show them.
    pub(crate) tickets: BTreeMap<No, TicketSeen>,
    /// As their buyers see them.
    pub(crate) orders: BTreeMap<No, OrderSeen>,
    /// As the database has them, and as the balances at Stripe show them.
    pub(crate) attempts: BTreeMap<AttemptNo, AttemptSeen>,
    /// The waitlist of each ticket.
    pub(crate) waitlists: BTreeMap<No, Vec<Person>>,
    /// Orders whose tickets other users want.
    pub(crate) wanted: BTreeSet<No>,
    pub(crate) events: BTreeMap<EventNo, bool>,
    pub(crate) outbox: Vec<Job>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Available {
    OnSale,
    Locked,
    Sold,
    Withdrawn,
    Started,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TicketSeen {
    pub(crate) available: Available,
    pub(crate) on_home_page: bool,
    pub(crate) price: i64,
    pub(crate) version: i32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OrderSeen {
    pub(crate) status: OrderStatus,
    /// The time left of the lock, if it still locks.
    pub(crate) left: Option<Time>,
    pub(crate) price: i64,
    pub(crate) declined: i32,
    pub(crate) ticket_is_free: bool,
    pub(crate) refund: Option<Refund>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttemptSeen {
    pub(crate) status: PaymentStatus,
    pub(crate) price: i64,
    /// Whether the database has its intent.
    pub(crate) recorded: bool,
    pub(crate) at_stripe: Option<BookSeen>,
}

/// One intent in Stripe's balances, in cents.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BookSeen {
    pub(crate) status: String,
    pub(crate) asked: i64,
    pub(crate) held: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) released: i64,
}

impl World {
    pub(crate) fn picture(&self) -> Picture {
        Picture {
            tickets: self.tickets.keys().map(|no| (*no, self.see_ticket(*no))).collect(),
            orders: self.orders.keys().map(|no| (*no, self.see_order(*no))).collect(),
            attempts: self.attempts().map(|(no, _)| (no, self.see_attempt(no))).collect(),
            waitlists: self.tickets.iter().map(|(no, ticket)| (*no, ticket.waitlist.clone())).collect(),
            wanted: self.orders.iter().filter(|(_, order)| order.wanted).map(|(no, _)| *no).collect(),
            events: self.events().filter(|(_, it)| it.is_stored).map(|(no, it)| (no, it.handled)).collect(),
            outbox: self.outbox.iter().map(|(job, _)| *job).collect(),
        }
    }

    fn see_ticket(&self, no: No) -> TicketSeen {
        let ticket = &self.tickets[&no];
        let available = match ticket.offer {
            Offer::Sold => Available::Sold,
            Offer::Withdrawn => Available::Withdrawn,
            Offer::Listed if !self.is_free(no) => Available::Locked,
            Offer::Listed if self.has_started(no) => Available::Started,
            Offer::Listed if self.is_awaited(no) => Available::Locked,
            Offer::Listed => Available::OnSale,
        };
        let (price, version) = (ticket.price, ticket.version);
        TicketSeen { available, on_home_page: available == Available::OnSale, price, version }
    }

    fn see_order(&self, no: No) -> OrderSeen {
        let order = &self.orders[&no];
        let locks = self.locks(order);
        let status = if World::is_open(order.status) && !locks { OrderStatus::Expired } else { order.status };
        let ended_unpaid = matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
        let count = |wanted| order.attempts.iter().filter(|attempt| attempt.status == wanted).count();
        OrderSeen {
            status,
            left: locks.then(|| order.ends - self.now),
            price: order.price,
            declined: i32::try_from(count(PaymentStatus::Declined)).expect("few attempts"),
            ticket_is_free: ended_unpaid && self.see_ticket(order.ticket).available == Available::OnSale,
            refund: match (count(PaymentStatus::Refunding), count(PaymentStatus::Refunded)) {
                (0, 0) => None,
                (0, _) => Some(Refund::Done),
                _ => Some(Refund::Started),
            },
        }
    }

    fn see_attempt(&self, no: AttemptNo) -> AttemptSeen {
        let attempt = self.attempt(no);
        let price = self.orders[&no.0].price;
        AttemptSeen {
            status: attempt.status,
            price,
            recorded: attempt.recorded,
            at_stripe: attempt.intent.map(|intent| see_intent(intent, price)),
        }
    }
}

fn see_intent(intent: Intent, price: i64) -> BookSeen {
    let if_ = |so: bool| if so { price } else { 0 };
    let status = match intent.state {
        Card::Awaited | Card::Declined => "requires_payment_method",
        Card::Challenged => "requires_action",
        Card::Authorised => "requires_capture",
        Card::Captured => "succeeded",
        Card::Cancelled | Card::DeclinedAndCancelled => "canceled",
    };
    BookSeen {
        status: status.to_owned(),
        asked: price,
        held: if_(intent.state == Card::Authorised),
        captured: if_(intent.state == Card::Captured),
        refunded: if_(intent.refunded),
        released: if_(intent.released),
    }
}

impl Picture {
    /// The differences, one a line; empty if the two are equal.
    pub(crate) fn differences(&self, product: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        compare("ticket", &self.tickets, &product.tickets, &mut lines);
        compare("order", &self.orders, &product.orders, &mut lines);
        compare("attempt", &self.attempts, &product.attempts, &mut lines);
        compare("event", &self.events, &product.events, &mut lines);
        compare("waitlist", &self.waitlists, &product.waitlists, &mut lines);
        compare_all("wanted", &self.wanted, &product.wanted, &mut lines);
        compare_all("outbox", &self.outbox, &product.outbox, &mut lines);
        lines
    }
}

fn compare_all<T: PartialEq + Debug>(what: &str, model: &T, product: &T, lines: &mut Vec<String>) {
    if model != product {
        lines.push(format!("{what}\n    model   {model:?}\n    product {product:?}"));
    }
}

fn compare<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    model: &BTreeMap<K, V>,
    product: &BTreeMap<K, V>,
    lines: &mut Vec<String>,
) {
    let keys: BTreeSet<&K> = model.keys().chain(product.keys()).collect();
    for key in keys {
        let (ours, theirs) = (model.get(key), product.get(key));
        if ours != theirs {
            lines.push(format!("{what} {key:?}\n    model   {ours:?}\n    product {theirs:?}"));
        }
    }
}
