//! A listing with its tickets, as the rules and the views read it.

use model::{
    EventId, ListingId, Money, OrderId, TicketId, UserId,
    tickets::{Availability, SplitRule, write_seats},
};
use sqlx::types::Json;
use time::OffsetDateTime;

use super::{
    facts::FactsRow,
    fields,
    state::{PAYMENT_GRACE, Surroundings, TicketRow, TicketState},
};
use crate::{backend::Rules, timestamp};

/// A listing with its event, its venue and its tickets, at one moment.
pub(crate) struct ListingRow {
    pub(crate) id: ListingId,
    pub(crate) event_id: EventId,
    pub(crate) seller_id: UserId,
    pub(crate) title: String,
    pub(crate) category: String,
    pub(crate) venue: String,
    pub(crate) city: String,
    pub(crate) starts_at: OffsetDateTime,
    /// Whether the event is cancelled.
    pub(crate) is_cancelled: bool,
    pub(crate) time_zone: String,
    /// Until when a ticket that is sold now and not in hand has to be handed in.
    pub(crate) promised_until: OffsetDateTime,
    pub(crate) section: String,
    pub(crate) seat_row: String,
    pub(crate) price_cents: i64,
    /// What is printed on one ticket, if the seller tells it.
    pub(crate) face_value_cents: Option<i64>,
    pub(crate) split: SplitRule,
    pub(crate) version: i32,
    /// How many buyers are on its waitlist.
    pub(crate) waiting: i32,
    pub(crate) is_waitlist_closed: bool,
    /// In the order of the seats.
    pub(crate) tickets: Json<Vec<TicketRow>>,
    /// The reader's position on the waitlist, from 1.
    pub(crate) my_position: Option<i64>,
    /// Only where its page is read.
    pub(crate) facts: Option<Json<FactsRow>>,
    /// The database's clock, at the start of the statement: no change is left out that this time includes.
    pub(crate) now: OffsetDateTime,
}

impl ListingRow {
    /// How a ticket of it stands.
    pub(crate) fn state(&self, ticket: &TicketRow) -> TicketState {
        // The first of the waitlist need not wait for a job: their attempt to lock makes them the offer.
        let has_waitlist = self.waiting > 0 && self.my_position != Some(1);
        let Self { starts_at, is_cancelled, now, .. } = *self;
        TicketState::of(ticket, Surroundings { starts_at, is_cancelled, has_waitlist, now })
    }

    /// How its tickets stand, in their order.
    pub(crate) fn states(&self) -> impl Iterator<Item = TicketState> {
        self.tickets.iter().map(|ticket| self.state(ticket))
    }

    /// The tickets that can be locked now, in their order.
    pub(crate) fn free(&self) -> impl Iterator<Item = TicketId> {
        self.tickets.iter().filter(|ticket| self.state(ticket).is_free()).map(|ticket| ticket.id)
    }

    /// How many tickets can be locked now.
    pub(crate) fn free_count(&self) -> usize {
        self.free().count()
    }

    /// How many tickets buyers hold.
    pub(crate) fn held_count(&self) -> usize {
        self.states().filter(|state| state.is_held()).count()
    }

    /// Whether one order may take so many of the tickets that can be locked now.
    pub(crate) fn allows(&self, count: usize) -> bool {
        self.split.allows(count, self.free_count(), self.held_count())
    }

    /// Whether one order could take so many if no one held any of them.
    pub(crate) fn would_allow(&self, count: usize) -> bool {
        self.split.allows(count, self.free_count() + self.held_count(), 0)
    }

    /// The numbers of tickets that one order may take now, in ascending order.
    pub(crate) fn choices(&self, rules: &Rules) -> Vec<usize> {
        self.split.choices(self.free_count(), self.held_count(), rules.most_per_order(&self.time_zone)).collect()
    }

    /// The same for people: `1-4`, or `2, 4`. Empty while it cannot be bought.
    pub(crate) fn together(&self, rules: &Rules) -> String {
        if self.availability(rules) != Availability::OnSale {
            return String::new();
        }
        let choices: Vec<_> = self.choices(rules).iter().map(ToString::to_string).collect();
        write_seats(choices.iter().map(String::as_str))
    }

    /// When the first lock of its tickets ends, if there is one. A ticket that is about to be offered to the waitlist
    /// counts as locked from now on.
    pub(crate) fn first_end(&self, rules: &Rules) -> Option<OffsetDateTime> {
        let end = |state| match state {
            TicketState::Held { until, .. } => Some(until),
            TicketState::Offered { .. } => Some(self.now + rules.lock_length),
            _ => None,
        };
        self.states().filter_map(end).min()
    }

    /// When at the latest no buyer holds tickets of it, if no one else joins its waitlist: after the last lock, each who
    /// waits may hold them in turn, and a payment that was begun keeps them a little longer. `None` while no buyer does.
    pub(crate) fn last_end(&self, rules: &Rules) -> Option<OffsetDateTime> {
        let end = |state| match state {
            TicketState::Held { until, .. } => Some(until),
            TicketState::Offered { .. } => Some(self.now),
            _ => None,
        };
        let last = self.states().filter_map(end).max()?;
        Some(last + PAYMENT_GRACE + (rules.lock_length + PAYMENT_GRACE.unsigned_abs()) * self.waiting.unsigned_abs())
    }

    /// Whether its tickets can be bought.
    pub(crate) fn availability(&self, rules: &Rules) -> Availability {
        let all = |is: fn(TicketState) -> bool| self.states().all(is);
        if all(|state| state == TicketState::Withdrawn) {
            Availability::Withdrawn
        } else if all(|state| matches!(state, TicketState::Withdrawn | TicketState::Sold)) {
            Availability::Sold
        } else if self.is_cancelled {
            Availability::EventCancelled
        } else if self.starts_at <= self.now {
            Availability::Started
        } else if !self.choices(rules).is_empty() {
            Availability::OnSale
        } else {
            let until = self.first_end(rules).unwrap_or(self.now + rules.lock_length);
            Availability::LockedUntil(timestamp::time_of_day(until))
        }
    }

    /// The order with which `user` holds tickets of it while they pay.
    pub(crate) fn held_by(&self, user: UserId) -> Option<OrderId> {
        self.tickets.iter().find_map(|ticket| ticket.held_by(user, self.now))
    }

    /// The order of `user`: it holds tickets, or else it is the newest that has bought some.
    pub(crate) fn order_of(&self, user: UserId) -> Option<OrderId> {
        self.held_by(user).or_else(|| self.tickets.iter().filter_map(|ticket| ticket.bought_by(user)).max())
    }

    /// The orders whose lock has ended, although their rows do not say so yet, each once.
    pub(crate) fn overdue_orders(&self) -> Vec<OrderId> {
        let mut orders: Vec<_> = self.tickets.iter().filter_map(|ticket| ticket.overdue_order(self.now)).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }

    /// The orders that hold tickets of it while their buyers pay, each once: any tickets if none are `chosen`, or else
    /// some of those.
    pub(crate) fn holding_orders(&self, chosen: &[TicketId]) -> Vec<OrderId> {
        let tickets = self.tickets.iter().filter(|ticket| chosen.is_empty() || chosen.contains(&ticket.id));
        let holding = |state| match state {
            TicketState::Held { order, .. } => Some(order),
            _ => None,
        };
        let mut orders: Vec<_> = tickets.map(|ticket| self.state(ticket)).filter_map(holding).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }

    /// The price of one ticket.
    pub(crate) fn price(&self) -> Money {
        Money::usd(self.price_cents)
    }

    /// The price that is printed on one ticket, if the seller tells it.
    pub(crate) fn face_value(&self) -> Option<Money> {
        self.face_value_cents.map(Money::usd)
    }

    /// How the price compares with the face value.
    pub(crate) fn beside_face_value(&self) -> Option<String> {
        self.face_value().map(|face_value| fields::beside_face_value(self.price(), face_value))
    }
}
