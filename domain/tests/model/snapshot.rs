//! Reading the state of the product: what readers see, what is stored, and the balances at Stripe.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    orders, outbox,
    payments::PaymentStatus,
    tickets::{self, browse::browse},
};
use model::{
    OrderId, PaymentId, TicketId, UserId,
    orders::{OrderStatus, OrderView, TicketNow},
    tickets::Availability,
};
use serde::Deserialize;
use sqlx::types::{Json, Uuid};
use stripe_sim::PaymentBalance;

use crate::{
    picture::{AttemptSeen, Available, BookSeen, OrderSeen, Picture, TicketSeen},
    product::{LastSnapshot, Product},
    world::{AttemptNo, NEXT, No, Person},
};

/// Half a minute.
const UNIT_MS: i64 = 30_000;

#[derive(Deserialize)]
struct Stored {
    rows: String,
    tickets: Vec<StoredTicket>,
    orders: Vec<StoredOrder>,
    payments: Vec<StoredPayment>,
    events: Vec<StoredEvent>,
    outbox: Vec<outbox::Job>,
}

#[derive(Deserialize)]
struct StoredTicket {
    id: TicketId,
    price: i64,
    version: i32,
    waitlist: Vec<UserId>,
}

#[derive(Deserialize)]
struct StoredOrder {
    id: OrderId,
    wanted: bool,
}

#[derive(Deserialize)]
struct StoredPayment {
    id: PaymentId,
    order: OrderId,
    attempt: u32,
    status: String,
    amount: i64,
    recorded: bool,
}

#[derive(Deserialize)]
struct StoredEvent {
    id: String,
    handled: bool,
}

/// The state that was read, and the invariants that are violated.
pub(crate) struct Snapshot {
    pub(crate) picture: Picture,
    pub(crate) broken: Vec<String>,
}

impl Product {
    pub(crate) async fn snapshot(&mut self) -> Snapshot {
        let Json(stored): Json<Stored> =
            sqlx::query_scalar(include_str!("snapshot.sql")).fetch_one(&self.backend.db).await.expect("what is stored");
        let Stored { rows, tickets, orders: stored_orders, payments, events, outbox } = stored;
        self.name_orders_from_line().await;
        let waitlists = self.see_waitlists(&tickets);
        let attempts = self.see_attempts(payments);
        // The same rows at the same time give the same views: readers are asked again only when something
        // has changed.
        if self.last_snapshot.as_ref().is_none_or(|last| last.rows != rows) {
            let Json(broken) = sqlx::query_scalar(include_str!("broken.sql"))
                .fetch_one(&self.backend.db)
                .await
                .expect("the invariants");
            let (tickets, orders) = (self.see_tickets(tickets).await, self.see_orders().await);
            self.last_snapshot = Some(LastSnapshot { rows, tickets, orders, broken });
        }
        let LastSnapshot { tickets, orders, broken, .. } = self.last_snapshot.clone().expect("a snapshot");
        let name_of_event = |id: &str| self.event_called(id).expect("an event of ours");
        let mut outbox: Vec<_> = outbox.iter().map(|job| self.name_of(job).expect("a job of ours")).collect();
        outbox.sort_unstable();
        let picture = Picture {
            tickets,
            orders,
            attempts,
            waitlists,
            wanted: stored_orders
                .iter()
                .filter(|order| order.wanted)
                .map(|order| self.order_called(order.id))
                .collect(),
            events: events.into_iter().map(|event| (name_of_event(&event.id), event.handled)).collect(),
            outbox,
        };
        Snapshot { picture, broken }
    }

    async fn see_tickets(&self, stored: Vec<StoredTicket>) -> BTreeMap<No, TicketSeen> {
        let home = browse(&self.backend, None).await.expect("browses").tickets;
        let home: BTreeSet<_> = home.into_iter().map(|card| card.id.as_uuid()).collect();
        let mut available = BTreeMap::new();
        for seller in &self.sellers {
            let seller = &self.people[*seller];
            let mine = tickets::mine::mine(&self.backend, *seller, None).await.expect("lists");
            available.extend(mine.tickets.into_iter().map(|card| (card.id.as_uuid(), card.availability)));
        }
        let see = |StoredTicket { id, price, version, .. }| {
            let available = match &available[&id.as_uuid()] {
                Availability::OnSale => Available::OnSale,
                Availability::LockedUntil(_) => Available::Locked,
                Availability::Sold => Available::Sold,
                Availability::Withdrawn => Available::Withdrawn,
                Availability::Started => Available::Started,
            };
            let on_home_page = home.contains(&id.as_uuid());
            (self.ticket_called(id), TicketSeen { available, on_home_page, price, version })
        };
        stored.into_iter().map(see).collect()
    }

    async fn see_orders(&self) -> BTreeMap<No, OrderSeen> {
        let mut seen = BTreeMap::new();
        for buyer in &self.buyers {
            let buyer = &self.people[*buyer];
            let mut page = orders::mine::mine(&self.backend, *buyer, None).await.expect("lists");
            loop {
                for order in page.orders {
                    seen.insert(self.order_called(order.id), see_order(&order));
                }
                let Some(next) = page.next else { break };
                page = orders::mine::mine(&self.backend, *buyer, Some(next)).await.expect("lists");
            }
        }
        seen
    }

    /// No step created these orders: each gets its name from the ticket's order before it.
    pub(crate) async fn name_orders_from_line(&mut self) {
        let made: Vec<(Uuid, Option<Uuid>)> = sqlx::query_as(
            "
            SELECT o.id, (SELECT b.id FROM orders b WHERE b.ticket_id = o.ticket_id AND b.id < o.id ORDER BY b.id DESC LIMIT 1)
            FROM orders o WHERE o.from_waitlist ORDER BY o.id
            ",
        )
        .fetch_all(&self.backend.db)
        .await
        .expect("orders");
        for (id, before) in made {
            let called = |id: Uuid| self.orders.iter().find(|(_, known)| known.as_uuid() == id).map(|(no, _)| *no);
            if called(id).is_none() {
                let before = called(before.expect("a waitlist has an order before it")).expect("an order of ours");
                self.orders.insert(before + NEXT, OrderId::from(id));
            }
        }
    }

    fn see_waitlists(&self, tickets: &[StoredTicket]) -> BTreeMap<No, Vec<Person>> {
        let person = |id: &UserId| self.people.iter().position(|known| known == id).expect("one of ours");
        tickets.iter().map(|it| (self.ticket_called(it.id), it.waitlist.iter().map(person).collect())).collect()
    }

    fn ticket_called(&self, id: TicketId) -> No {
        *self.tickets.iter().find(|(_, known)| **known == id).expect("a ticket of ours").0
    }

    fn order_called(&self, id: OrderId) -> No {
        *self.orders.iter().find(|(_, known)| **known == id).expect("an order of ours").0
    }

    fn see_attempts(&mut self, stored: Vec<StoredPayment>) -> BTreeMap<AttemptNo, AttemptSeen> {
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

fn see_order(order: &OrderView) -> OrderSeen {
    let left_ms = order.expires_at.unix_ms - order.server_now_ms;
    let locks = matches!(order.status, OrderStatus::Created | OrderStatus::AwaitingPayment);
    OrderSeen {
        status: order.status,
        left: locks.then(|| half_minutes(left_ms)),
        price: order.price.cents(),
        declined: order.declined_attempts,
        ticket_is_free: order.ticket_now == Some(TicketNow::Free),
        refund: order.refund,
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
    ];
    all.into_iter().find(|status| status.code() == code).expect("a status")
}
