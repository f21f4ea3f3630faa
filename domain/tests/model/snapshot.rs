//! Reading the state of the product: what readers see, what is stored, and the balances at Stripe.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::event::show_event,
    doctor::examine::examine,
    ledger::balance::balance,
    orders::mine::{Page, mine},
    outbox,
    payments::PaymentStatus,
    tickets,
};
use model::{
    ListingId, Money, OrderId, TicketId, UserId,
    events::OfferFilter,
    orders::{MyTickets, OrderStatus, OrderView},
    tickets::{Availability, ListingCard, ListingView, ListingsPart, TicketStatus},
};
use sqlx::types::Json;
use stripe_sim::PaymentBalance;

use crate::{
    picture::{AttemptSeen, Available, BookSeen, HoldSeen, ListingSeen, OrderSeen, Picture, StoredOrderSeen},
    product::{LastSnapshot, Product},
    stored::{Stored, StoredEntry, StoredListing, StoredOrder, StoredPayment, StoredTicket},
    world::{AttemptNo, Entry, No, OFFERS, Person, TicketNo},
};

/// Half a minute.
const UNIT_MS: i64 = 30_000;

/// The state that was read, and the invariants that are violated.
pub(crate) struct Snapshot {
    pub(crate) picture: Picture,
    pub(crate) broken: Vec<String>,
}

impl Product {
    pub(crate) async fn snapshot(&mut self) -> Snapshot {
        let Json(stored): Json<Stored> =
            sqlx::query_scalar(include_str!("snapshot.sql")).fetch_one(&self.backend.db).await.expect("what is stored");
        self.name_offers().await;
        self.name_tickets(&stored.tickets);
        let attempts = self.see_attempts(&stored.payments);
        // The same rows at the same time give the same views: readers are asked again only when something
        // has changed.
        if self.last_snapshot.as_ref().is_none_or(|last| last.rows != stored.rows) {
            let Json(broken) = sqlx::query_scalar(include_str!("broken.sql"))
                .fetch_one(&self.backend.db)
                .await
                .expect("the invariants");
            let (on_sale, listings, orders) =
                (self.see_on_sale(&stored).await, self.see_listings(&stored).await, self.see_orders(&stored).await);
            let balances = self.see_balances().await;
            let rows = stored.rows.clone();
            self.last_snapshot = Some(LastSnapshot { rows, on_sale, listings, orders, balances, broken });
        }
        let LastSnapshot { on_sale, listings, orders, balances, mut broken, .. } =
            self.last_snapshot.clone().expect("a snapshot");
        if self.examined != stored.money {
            broken.extend(self.examine().await);
            self.examined.clone_from(&stored.money);
        }
        let name_of_webhook = |id: &str| self.webhook_called(id).expect("a webhook of ours");
        let jobs = stored
            .outbox
            .iter()
            .filter(|job| !matches!(job, outbox::Job::SendMail { .. } | outbox::Job::RetryMail { .. }));
        let mut outbox: Vec<_> = jobs.map(|job| self.name_of(job).expect("a job of ours")).collect();
        outbox.sort_unstable();
        let wanted = stored.orders.iter().filter(|order| order.wanted);
        let picture = Picture {
            catalogue: (stored.venues, stored.events),
            on_sale,
            listings,
            orders,
            attempts,
            holds: self.see_holds(&stored),
            waitlists: self.see_waitlists(&stored.listings),
            wanted: wanted.map(|order| self.order_called(order.id)).collect(),
            webhooks: stored.webhooks.iter().map(|it| (name_of_webhook(&it.id), it.handled)).collect(),
            outbox,
            balances,
        };
        Snapshot { picture, broken }
    }

    async fn see_balances(&self) -> BTreeMap<Person, i64> {
        let mut balances = BTreeMap::new();
        for seller in &self.sellers {
            let view = balance(&self.backend, self.people[*seller], None).await.expect("reads");
            balances.insert(*seller, view.balance.cents());
        }
        balances
    }

    /// What the doctor finds. Work that is late, and a bank that waits for an answer, are no fault here.
    async fn examine(&self) -> Vec<String> {
        let report = examine(&self.backend.db).await.expect("examines");
        let waits =
            |name: &str| name.starts_with("backlog.") || ["disputes.paid_twice", "disputes.unanswered"].contains(&name);
        report.violations().map(|check| check.name.clone()).filter(|name| !waits(name)).collect()
    }

    /// No step creates these orders: they are numbered within their listing.
    pub(crate) async fn name_offers(&mut self) {
        let offers: Vec<(ListingId, OrderId)> =
            sqlx::query_as("SELECT listing_id, id FROM orders WHERE from_waitlist ORDER BY created_at")
                .fetch_all(&self.backend.db)
                .await
                .expect("orders");
        let mut numbers = BTreeMap::new();
        for (listing, id) in offers {
            let number = numbers.entry(listing).or_insert(OFFERS * self.listing_called(listing));
            *number += 1;
            self.orders.insert(*number, id);
        }
    }

    /// The tickets of a listing are numbered in the order in which they were added.
    fn name_tickets(&mut self, stored: &[StoredTicket]) {
        let known: BTreeSet<TicketId> = self.tickets.values().copied().collect();
        for ticket in stored.iter().filter(|ticket| !known.contains(&ticket.id)) {
            let listing = self.listing_called(ticket.listing);
            let number = self.tickets.range((listing, 0)..(listing + 1, 0)).count();
            self.tickets.insert((listing, number), ticket.id);
        }
    }

    /// The listings that the pages of events offer.
    async fn see_on_sale(&self, stored: &Stored) -> Vec<No> {
        let events: BTreeSet<_> = stored.listings.iter().map(|listing| listing.event.to_string()).collect();
        let mut on_sale = BTreeSet::new();
        for event in events {
            let digits = event.rsplit('-').next().unwrap_or_default();
            let page = show_event(&self.backend, digits, &OfferFilter::default()).await.expect("shows");
            let offered = page.listings.into_iter().filter(|listing| listing.availability == Availability::OnSale);
            on_sale.extend(offered.map(|listing| self.listing_called(listing.id)));
        }
        on_sale.into_iter().collect()
    }

    async fn see_listings(&self, stored: &Stored) -> BTreeMap<No, ListingSeen> {
        let mut cards = BTreeMap::new();
        for seller in &self.sellers {
            let seller = &self.people[*seller];
            for part in [ListingsPart::Coming, ListingsPart::Past] {
                let mine = tickets::mine::mine(&self.backend, *seller, part, None).await.expect("lists");
                cards.extend(mine.listings.into_iter().map(|listing| (listing.card.id, listing.card)));
            }
        }
        let mut seen = BTreeMap::new();
        for listing in &stored.listings {
            let newest = stored.orders.iter().rev().find(|order| order.listing == listing.id);
            let view =
                tickets::show::show(&self.backend, newest.map(|order| order.buyer), listing.id).await.expect("shows");
            let same_event = stored.listings.iter().filter(|other| other.event == listing.event);
            let same_event_as = same_event.map(|other| self.listing_called(other.id)).min().expect("itself");
            let no = self.listing_called(listing.id);
            seen.insert(no, self.see_listing(same_event_as, &view, &cards[&listing.id]));
        }
        seen
    }

    fn see_listing(&self, same_event_as: No, view: &ListingView, card: &ListingCard) -> ListingSeen {
        let (gone, there): (Vec<_>, Vec<_>) =
            view.tickets.iter().partition(|ticket| ticket.status == TicketStatus::Withdrawn);
        ListingSeen {
            title: card.title.clone(),
            venue: card.venue.clone(),
            same_event_as,
            price: card.price.cents(),
            split: view.split,
            version: view.version,
            available: match card.availability {
                Availability::OnSale => Available::OnSale,
                Availability::LockedUntil(_) => Available::Locked,
                Availability::Sold => Available::Sold,
                Availability::Withdrawn => Available::Withdrawn,
                Availability::Started => Available::Started,
                Availability::EventCancelled => panic!("no one has cancelled an event"),
            },
            free: card.free,
            choices: view.choices.clone(),
            tickets: there.iter().map(|it| (self.ticket_called(it.id).1, it.seat.clone(), it.status)).collect(),
            withdrawn: gone.len(),
            is_waitlist_closed: view.waitlist.is_closed,
            my_order: view.my_order.map(|order| self.order_called(order)),
            my_position: view.waitlist.my_position.map(|position| usize::try_from(position - 1).expect("a position")),
        }
    }

    async fn see_orders(&self, stored: &Stored) -> BTreeMap<No, OrderSeen> {
        let copies: BTreeMap<_, _> = stored.orders.iter().map(|order| (order.id, self.see_stored(order))).collect();
        let mut seen = BTreeMap::new();
        for buyer in &self.buyers {
            let buyer = &self.people[*buyer];
            let mut page = Page::First;
            loop {
                let MyTickets { open, upcoming, ended, .. } = mine(&self.backend, *buyer, page).await.expect("lists");
                // There are too few upcoming ones for a second page of them.
                assert_eq!(upcoming.next, None);
                for order in open.into_iter().chain(upcoming.orders).chain(ended.orders) {
                    let before = seen.insert(self.order_called(order.id), see_order(&order, copies[&order.id].clone()));
                    assert_eq!(before, None, "an order is in one list");
                }
                let Some(next) = ended.next else { break };
                page = Page::EndedAfter(next);
            }
        }
        seen
    }

    fn see_stored(&self, order: &StoredOrder) -> StoredOrderSeen {
        StoredOrderSeen {
            listing: self.listing_called(order.listing),
            version: order.version,
            tickets: order.tickets.iter().map(|ticket| self.ticket_called(*ticket).1).collect(),
            seats: order.seats.clone(),
            from_waitlist: order.from_waitlist,
        }
    }

    fn see_holds(&self, stored: &Stored) -> BTreeMap<No, Vec<HoldSeen>> {
        let see = |ticket: &StoredTicket| HoldSeen {
            order: ticket.order.map(|order| self.order_called(order)),
            has_payment: ticket.has_payment,
            takes_place: ticket.takes_place,
        };
        let holds: BTreeMap<TicketNo, HoldSeen> =
            stored.tickets.iter().map(|ticket| (self.ticket_called(ticket.id), see(ticket))).collect();
        let mut seen: BTreeMap<No, Vec<HoldSeen>> = BTreeMap::new();
        for ((listing, _), hold) in holds {
            seen.entry(listing).or_default().push(hold);
        }
        seen
    }

    fn see_waitlists(&self, stored: &[StoredListing]) -> BTreeMap<No, Vec<Entry>> {
        let person = |id: UserId| self.people.iter().position(|known| *known == id).expect("one of ours");
        let see = |entry: &StoredEntry| Entry { who: person(entry.who), wanted: entry.wanted };
        stored.iter().map(|it| (self.listing_called(it.id), it.waitlist.iter().map(see).collect())).collect()
    }

    fn listing_called(&self, id: ListingId) -> No {
        *self.listings.iter().find(|(_, known)| **known == id).expect("a listing of ours").0
    }

    fn ticket_called(&self, id: TicketId) -> TicketNo {
        *self.tickets.iter().find(|(_, known)| **known == id).expect("a ticket of ours").0
    }

    fn order_called(&self, id: OrderId) -> No {
        *self.orders.iter().find(|(_, known)| **known == id).expect("an order of ours").0
    }

    fn see_attempts(&mut self, stored: &[StoredPayment]) -> BTreeMap<AttemptNo, AttemptSeen> {
        let books = self.simulator.balances();
        let lines: BTreeMap<&str, &PaymentBalance> =
            books.payments.iter().map(|line| (line.metadata["payment_id"].as_str(), line)).collect();
        let mut seen = BTreeMap::new();
        for payment in stored {
            let order = self.order_called(payment.order);
            let no = (order, payment.attempt);
            self.payments.insert(no, payment.id);
            let line = lines.get(payment.id.to_string().as_str());
            if let Some(line) = line {
                self.intents.insert(no, line.id.clone());
            }
            let attempt = AttemptSeen {
                status: status_called(&payment.status),
                price: payment.amount,
                recorded: payment.recorded,
                at_stripe: line.map(|line| see_line(line)),
                booked: payment.booked,
                failed_refunds: payment.failed_refunds,
                dispute: payment.dispute,
            };
            seen.insert(no, attempt);
        }
        self.note_what_stripe_told();
        seen
    }

    fn note_what_stripe_told(&mut self) {
        let new = self.simulator.events_after(self.told_of);
        self.told_of += new.len();
        for told in new {
            let (attempt, _) =
                self.intents.iter().find(|(_, intent)| **intent == told.subject).expect("an intent of ours");
            self.told.entry(*attempt).or_default().push(told);
        }
    }
}

fn see_order(order: &OrderView, stored: StoredOrderSeen) -> OrderSeen {
    let left_ms = order.expires_at.unix_ms - order.server_now_ms;
    let locks = matches!(order.status, OrderStatus::Created | OrderStatus::AwaitingPayment);
    OrderSeen {
        status: order.status,
        left: locks.then(|| half_minutes(left_ms)),
        price: order.price.cents(),
        title: order.tickets.title.clone(),
        count: order.tickets.count,
        declined: order.declined_attempts,
        listing_now: order.listing_now,
        refund: order.refund,
        refunded: order.refunded.map_or(0, Money::cents),
        is_disputed: order.dispute.is_some(),
        stored,
    }
}

/// Rounded up: the run itself has used a part of the last half-minute.
fn half_minutes(ms: i64) -> u32 {
    u32::try_from((ms + UNIT_MS - 1) / UNIT_MS).unwrap_or_default()
}

fn see_line(line: &PaymentBalance) -> BookSeen {
    BookSeen {
        status: line.status.clone(),
        asked: line.amount,
        held: line.totals.authorised,
        captured: line.totals.captured,
        refunded: line.totals.refunded,
        released: line.totals.released,
        disputed: line.totals.disputed,
        dispute: line.dispute.clone(),
    }
}

fn status_called(code: &str) -> PaymentStatus {
    use PaymentStatus as S;
    let all = [
        S::Starting,
        S::Open,
        S::Capturing,
        S::Captured,
        S::Declined,
        S::Cancelled,
        S::Refunding,
        S::RefundFailed,
        S::Refunded,
        S::PartRefunding,
        S::PartRefundFailed,
    ];
    all.into_iter().find(|status| status.code() == code).expect("a status")
}
