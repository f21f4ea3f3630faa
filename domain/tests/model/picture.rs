//! What can be seen of a world, the model's or the product's: the two must be equal.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use domain::payments::PaymentStatus;
use model::{
    disputes::DisputeStatus,
    orders::{ListingNow, OrderStatus, Refund},
    tickets::{SplitRule, TicketStatus},
};

use crate::{
    standing::allows,
    world::{AttemptNo, Card, Entry, HELD, Intent, Job, Listing, No, Order, Person, Time, WebhookNo, World},
};

/// Everything that is compared after each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture {
    /// How many venues and events there are.
    pub(crate) catalogue: (usize, usize),
    /// The listings with tickets on sale.
    pub(crate) on_sale: Vec<No>,
    /// As their own pages, the seller's list and the database show them.
    pub(crate) listings: BTreeMap<No, ListingSeen>,
    /// As their buyers and the database see them.
    pub(crate) orders: BTreeMap<No, OrderSeen>,
    /// As the database has them, and as the balances at Stripe show them.
    pub(crate) attempts: BTreeMap<AttemptNo, AttemptSeen>,
    /// What is stored of tickets and waitlists.
    pub(crate) holds: BTreeMap<No, Vec<HoldSeen>>,
    pub(crate) waitlists: BTreeMap<No, Vec<Entry>>,
    /// Orders whose tickets other users want.
    pub(crate) wanted: BTreeSet<No>,
    pub(crate) webhooks: BTreeMap<WebhookNo, bool>,
    pub(crate) outbox: Vec<Job>,
    /// What each seller is owed, in cents.
    pub(crate) balances: BTreeMap<Person, i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Available {
    OnSale,
    Locked,
    Sold,
    Withdrawn,
    Started,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListingSeen {
    pub(crate) title: String,
    pub(crate) venue: String,
    /// The first listing of the same event.
    pub(crate) same_event_as: No,
    pub(crate) price: i64,
    pub(crate) split: SplitRule,
    pub(crate) version: i32,
    pub(crate) available: Available,
    pub(crate) free: usize,
    /// The numbers of tickets that one order may take.
    pub(crate) choices: Vec<usize>,
    /// The tickets that are not withdrawn, in the order of their seats: an index, the seat, and how it stands.
    pub(crate) tickets: Vec<(usize, String, TicketStatus)>,
    pub(crate) withdrawn: usize,
    pub(crate) is_waitlist_closed: bool,
    /// As the buyer of its newest order sees them.
    pub(crate) my_order: Option<No>,
    pub(crate) my_position: Option<usize>,
}

/// What the row of a ticket says of its hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HoldSeen {
    pub(crate) order: Option<No>,
    pub(crate) has_payment: bool,
    /// Whether it takes a place of its holder's.
    pub(crate) takes_place: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderSeen {
    pub(crate) status: OrderStatus,
    /// The time left of the lock, if it still locks.
    pub(crate) left: Option<Time>,
    /// The price of all its tickets.
    pub(crate) price: i64,
    /// What was copied from the listing.
    pub(crate) title: String,
    pub(crate) count: usize,
    pub(crate) declined: i32,
    pub(crate) listing_now: Option<ListingNow>,
    pub(crate) refund: Option<Refund>,
    /// Cents.
    pub(crate) refunded: i64,
    pub(crate) is_disputed: bool,
    pub(crate) stored: StoredOrderSeen,
}

/// What is stored of an order, and what no reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredOrderSeen {
    pub(crate) listing: No,
    pub(crate) version: i32,
    pub(crate) tickets: Vec<usize>,
    pub(crate) seats: Vec<String>,
    pub(crate) from_waitlist: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttemptSeen {
    pub(crate) status: PaymentStatus,
    pub(crate) price: i64,
    /// Whether the database has its intent.
    pub(crate) recorded: bool,
    pub(crate) at_stripe: Option<BookSeen>,
    /// What buyer, seller, platform and Stripe have got of it, in cents.
    pub(crate) booked: [i64; 4],
    /// How many of its refunds are known to have failed.
    pub(crate) failed_refunds: usize,
    pub(crate) dispute: Option<DisputeStatus>,
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
    pub(crate) disputed: i64,
    pub(crate) dispute: Option<String>,
}

impl World {
    pub(crate) fn picture(&self) -> Picture {
        let listings = || self.listings.iter().map(|(no, listing)| (*no, listing));
        Picture {
            catalogue: (self.venues.len(), self.events.len()),
            on_sale: self.see_on_sale(),
            listings: listings().map(|(no, listing)| (no, self.see_listing(no, listing))).collect(),
            orders: self.orders.iter().map(|(no, order)| (*no, self.see_order(*no, order))).collect(),
            attempts: self.attempts().map(|(no, _)| (no, self.see_attempt(no))).collect(),
            holds: listings().map(|(no, listing)| (no, self.see_holds(no, listing))).collect(),
            waitlists: listings().map(|(no, listing)| (no, listing.waitlist.clone())).collect(),
            wanted: self.orders.iter().filter(|(_, order)| order.wanted).map(|(no, _)| *no).collect(),
            webhooks: self.webhooks().filter(|(_, it)| it.is_stored).map(|(no, it)| (no, it.handled)).collect(),
            outbox: self.outbox.iter().map(|(job, _)| *job).collect(),
            balances: self.balances(),
        }
    }

    /// What the attempts of each seller's orders have brought them.
    fn balances(&self) -> BTreeMap<Person, i64> {
        let mut balances: BTreeMap<Person, i64> = self.listings.values().map(|listing| (listing.seller, 0)).collect();
        for (no, _) in self.attempts() {
            let seller = self.listings[&self.orders[&no.0].listing].seller;
            *balances.get_mut(&seller).expect("a seller") += self.booked(no)[1];
        }
        balances
    }

    /// The listings that can be bought from, soonest event first.
    fn see_on_sale(&self) -> Vec<No> {
        self.listings.keys().copied().filter(|no| !self.choices(*no).is_empty()).collect()
    }

    /// The numbers of tickets that one order may take now.
    fn choices(&self, no: No) -> Vec<usize> {
        (1..=HELD).filter(|count| self.may_take(no, *count)).collect()
    }

    fn see_listing(&self, no: No, listing: &Listing) -> ListingSeen {
        let (free, _) = self.free_and_held(no);
        let statuses = self.statuses(no);
        let available = if statuses.is_empty() {
            Available::Withdrawn
        } else if statuses.iter().all(|status| *status == TicketStatus::Sold) {
            Available::Sold
        } else if self.has_started(no) {
            Available::Started
        } else if self.choices(no).is_empty() {
            Available::Locked
        } else {
            Available::OnSale
        };
        let same_event = self.listings.iter().find(|(_, other)| other.event == listing.event);
        let reader = self.reader(no);
        let page = self.page_for(reader, no);
        let see_ticket = |ticket: &usize| (*ticket, listing.tickets[*ticket].seat.clone(), page.status(no, *ticket));
        ListingSeen {
            title: self.events[listing.event].title.to_owned(),
            venue: self.venue_of(listing.event).to_owned(),
            same_event_as: *same_event.expect("itself").0,
            price: listing.price,
            split: listing.split,
            version: listing.version,
            available,
            free,
            choices: page.choices(no),
            tickets: listing.seating.iter().map(see_ticket).collect(),
            withdrawn: listing.tickets.len() - listing.seating.len(),
            is_waitlist_closed: listing.is_waitlist_closed,
            my_order: reader.and_then(|reader| self.my_order(reader, no)),
            my_position: reader.and_then(|reader| listing.waitlist.iter().position(|entry| entry.who == reader)),
        }
    }

    /// The world as a listing's page shows it to a reader. The first of the waitlist need not wait for a job: what is
    /// about to be offered to them is on sale.
    fn page_for(&self, reader: Option<Person>, no: No) -> Cow<'_, Self> {
        let mut page = Cow::Borrowed(self);
        if self.listings[&no].waitlist.first().is_some_and(|entry| reader == Some(entry.who)) {
            page.to_mut().listing_mut(no).waitlist.clear();
        }
        page
    }

    /// The buyer of a listing's newest order.
    fn reader(&self, no: No) -> Option<Person> {
        let orders = self.orders.values().filter(|order| order.listing == no);
        orders.max_by_key(|order| order.born).map(|order| order.buyer)
    }

    /// The order with which a user holds tickets of a listing, or else the newest that has bought some.
    fn my_order(&self, who: Person, no: No) -> Option<No> {
        let bought = self.listings[&no].seating.iter().filter_map(|ticket| self.owner(no, *ticket));
        let bought = bought.filter(|order| self.orders[order].buyer == who).max_by_key(|order| self.orders[order].born);
        self.held_by(who, no).or(bought)
    }

    fn see_holds(&self, no: No, listing: &Listing) -> Vec<HoldSeen> {
        let see = |ticket| {
            let holder = self.holder(no, ticket);
            let order = holder.or_else(|| self.owner(no, ticket));
            HoldSeen {
                order,
                has_payment: order.is_some_and(|order| !self.orders[&order].attempts.is_empty()),
                takes_place: holder.is_some_and(|order| self.orders[&order].takes_places),
            }
        };
        (0..listing.tickets.len()).map(see).collect()
    }

    fn see_order(&self, no: No, order: &Order) -> OrderSeen {
        let locks = self.locks(order);
        let status = if World::is_open(order.status) && !locks { OrderStatus::Expired } else { order.status };
        let ended_unpaid = matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
        let attempts = |wanted| order.attempts.iter().filter(|attempt| attempt.status == wanted).count();
        let is_any = |wanted: [PaymentStatus; 2]| wanted.into_iter().any(|wanted| attempts(wanted) > 0);
        OrderSeen {
            status,
            left: locks.then(|| order.ends - self.now),
            price: order.price(),
            title: order.bought.title.to_owned(),
            count: order.tickets.len(),
            declined: i32::try_from(attempts(PaymentStatus::Declined)).expect("few attempts"),
            listing_now: ended_unpaid.then(|| self.listing_now(order)),
            refund: if is_any([PaymentStatus::RefundFailed, PaymentStatus::PartRefundFailed]) {
                Some(Refund::Failed)
            } else if is_any([PaymentStatus::Refunding, PaymentStatus::PartRefunding]) {
                Some(Refund::Started)
            } else {
                (attempts(PaymentStatus::Refunded) > 0).then_some(Refund::Done)
            },
            refunded: (1..).zip(&order.attempts).map(|(n, _)| self.refunded((no, n))).sum(),
            is_disputed: order.attempts.iter().any(|attempt| attempt.known.dispute.is_some()),
            stored: StoredOrderSeen {
                listing: order.listing,
                version: order.bought.version,
                tickets: order.tickets.clone(),
                seats: order.bought.seats.clone(),
                from_waitlist: order.from_waitlist,
            },
        }
    }

    /// Whether as many tickets can be locked again, or may be later.
    fn listing_now(&self, order: &Order) -> ListingNow {
        let (no, count) = (order.listing, order.tickets.len());
        let (free, held) = self.free_and_held(no);
        if allows(self.listings[&no].split, count, free, held) {
            ListingNow::Free
        } else if held > 0 && count <= free + held {
            ListingNow::Held
        } else {
            ListingNow::Gone
        }
    }

    fn see_attempt(&self, no: AttemptNo) -> AttemptSeen {
        let attempt = self.attempt(no);
        let price = self.orders[&no.0].price();
        AttemptSeen {
            status: attempt.status,
            price,
            recorded: attempt.recorded,
            at_stripe: attempt.intent.as_ref().map(|intent| see_intent(intent, price)),
            booked: self.booked(no),
            failed_refunds: attempt.known.failures(),
            dispute: attempt.known.dispute.as_ref().map(|dispute| dispute.status),
        }
    }
}

fn see_intent(intent: &Intent, price: i64) -> BookSeen {
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
        refunded: intent.refunded(),
        released: if_(intent.released),
        disputed: if_(intent.dispute.as_ref().is_some_and(|it| it.is_withdrawn && !it.is_reinstated)),
        dispute: intent.dispute.as_ref().map(|dispute| dispute.status.code().to_owned()),
    }
}

impl Picture {
    /// The differences, one a line; empty if the two are equal.
    pub(crate) fn differences(&self, product: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        compare_all("venues and events", &self.catalogue, &product.catalogue, &mut lines);
        compare_all("on sale", &self.on_sale, &product.on_sale, &mut lines);
        compare("listing", &self.listings, &product.listings, &mut lines);
        compare("holds of listing", &self.holds, &product.holds, &mut lines);
        compare("order", &self.orders, &product.orders, &mut lines);
        compare("attempt", &self.attempts, &product.attempts, &mut lines);
        compare("webhook", &self.webhooks, &product.webhooks, &mut lines);
        compare("waitlist", &self.waitlists, &product.waitlists, &mut lines);
        compare_all("wanted", &self.wanted, &product.wanted, &mut lines);
        compare_all("outbox", &self.outbox, &product.outbox, &mut lines);
        compare("balance", &self.balances, &product.balances, &mut lines);
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
