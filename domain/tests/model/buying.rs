//! The model's rules of locking and cancelling.

use domain::payments::PaymentStatus;
use model::{
    Code,
    orders::OrderStatus,
    tickets::{SplitRule, TicketStatus},
};
use serde::{Deserialize, Serialize};

use crate::{
    standing::{allows, refusal},
    step::Answer,
    world::{Bought, COOL_DOWN, HELD, Job, LOCK, No, OF_AN_EVENT, Order, Person, TicketNo, Time, World},
};

/// What a buyer saw and wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) listing: No,
    /// The version of the listing that the page showed.
    pub(crate) version: i32,
    /// The price that the page showed.
    pub(crate) price: i64,
    pub(crate) tickets: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Chosen {
    /// So many tickets, whichever they are.
    Any(usize),
    These(Vec<TicketNo>),
}

impl Chosen {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Any(count) => *count,
            Self::These(tickets) => tickets.len(),
        }
    }
}

/// The terms of a new lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) ends: Time,
    /// Whether another user wants its tickets already.
    pub(crate) wanted: bool,
    pub(crate) from_waitlist: bool,
}

impl World {
    pub(crate) fn lock(&mut self, buyer: Person, wish: &Wish, order: No) -> Answer {
        let no = wish.listing;
        if self.is_lazy
            && let Some(answer) = self.lock_as_it_is(buyer, wish, order)
        {
            return answer;
        }
        self.bring_up_to_date(no);
        let tickets = match self.choose(buyer, wish) {
            Ok(tickets) => tickets,
            Err(refused) => {
                self.note_interest(&refused, &self.in_the_way(wish, &refused));
                return refused;
            }
        };
        if !self.has_room(buyer, tickets.len()) {
            return Answer::Refused(Code::TooManyLocks);
        }
        if !self.has_event_room(buyer, no, tickets.len()) {
            return Answer::Refused(Code::EventLimit);
        }
        match self.grant(buyer, no) {
            None => Answer::Refused(Code::CoolDown),
            Some((ends, wanted)) => {
                self.give_up_places(buyer);
                self.give(buyer, no, &tickets, order, Terms { ends, wanted, from_waitlist: false });
                Answer::Order(order)
            }
        }
    }

    /// A listing need not be brought up to date, if nothing depends on it. A refusal may leave it when no order is
    /// overdue. A lock may leave it when no one is on the waitlist, there are enough tickets that no order names, and
    /// the buyer has neither an open order of the listing nor a place that an overdue ticket takes.
    fn lock_as_it_is(&mut self, buyer: Person, wish: &Wish, order: No) -> Option<Answer> {
        let no = wish.listing;
        let tickets = match self.choose(buyer, wish) {
            Ok(_) => self.choose_unnamed(wish)?,
            Err(_) if !self.overdue(no).is_empty() => return None,
            Err(refused) => {
                let holding = self.in_the_way(wish, &refused);
                self.pause();
                self.note_interest(&refused, &holding);
                return Some(refused);
            }
        };
        let is_simple = self.listings[&no].split == SplitRule::Any && !self.is_awaited(no);
        let is_new = self.open_orders(no).all(|(_, order)| order.buyer != buyer);
        let has_places = self.places_taken(buyer, |_| true) + tickets.len() <= HELD;
        let may_have = self.has_event_room(buyer, no, tickets.len());
        let (ends, wanted) = self.grant(buyer, no)?;
        if !(is_simple && may_have && is_new && has_places && ends == self.now + LOCK && !wanted) {
            return None;
        }
        self.give(buyer, no, &tickets, order, Terms { ends, wanted, from_waitlist: false });
        Some(Answer::Order(order))
    }

    /// The tickets of a wish that no order names.
    fn choose_unnamed(&self, wish: &Wish) -> Option<Vec<usize>> {
        let unnamed: Vec<usize> =
            self.free(wish.listing).into_iter().filter(|ticket| self.holder(wish.listing, *ticket).is_none()).collect();
        match &wish.tickets {
            Chosen::Any(count) => unnamed.get(..*count).map(<[usize]>::to_vec),
            Chosen::These(chosen) => {
                let is_chosen = |ticket: &usize| chosen.contains(&(wish.listing, *ticket));
                let tickets: Vec<usize> = unnamed.into_iter().filter(is_chosen).collect();
                (tickets.len() == chosen.len()).then_some(tickets)
            }
        }
    }

    /// The tickets that a wish gets, if the buyer may have so many; or the answer without a new order.
    fn choose(&self, buyer: Person, wish: &Wish) -> Result<Vec<usize>, Answer> {
        let no = wish.listing;
        let listing = &self.listings[&no];
        if listing.seller == buyer {
            return Err(Answer::Refused(Code::OwnTicket));
        }
        if let Some(order) = self.held_by(buyer, no) {
            return Err(Answer::Order(order));
        }
        let free = self.free(no);
        if free.is_empty() {
            return Err(Answer::Refused(refusal(&self.statuses(no))));
        }
        if (listing.version, listing.price) != (wish.version, wish.price) {
            let code = if listing.price == wish.price { Code::ListingChanged } else { Code::PriceChanged };
            return Err(Answer::Changed { code, version: listing.version, price: listing.price });
        }
        if let Chosen::These(chosen) = &wish.tickets {
            for (of, ticket) in chosen {
                if *of != no {
                    return Err(Answer::Refused(Code::TicketNotFound));
                }
                match self.status(no, *ticket) {
                    TicketStatus::OnSale => {}
                    status => return Err(Answer::Refused(refusal(&[status]))),
                }
            }
        }
        let count = wish.tickets.count();
        if count > free.len() {
            return Err(Answer::Refused(Code::NotEnoughTickets));
        }
        if !self.may_take(no, count) {
            return Err(Answer::Refused(Code::SplitNotAllowed));
        }
        let is_chosen = |ticket: &usize| match &wish.tickets {
            Chosen::Any(_) => true,
            Chosen::These(chosen) => chosen.contains(&(no, *ticket)),
        };
        Ok(free.into_iter().filter(is_chosen).take(count).collect())
    }

    /// The order with which a user holds tickets of a listing: of several, that of the first ticket.
    pub(crate) fn held_by(&self, who: Person, no: No) -> Option<No> {
        let is_theirs = |order: &No| self.orders[order].buyer == who && self.locks(&self.orders[order]);
        let seating = &self.listings[&no].seating;
        seating.iter().filter_map(|ticket| self.holder(no, *ticket)).find(is_theirs)
    }

    /// The orders that hold what a refused buyer wanted: the chosen tickets, or any of the listing.
    fn in_the_way(&self, wish: &Wish, refused: &Answer) -> Vec<No> {
        let holding = self.holding(wish.listing);
        match &wish.tickets {
            Chosen::These(chosen) if *refused == Answer::Refused(Code::TicketLocked) => {
                let holders: Vec<No> = chosen.iter().filter_map(|(of, ticket)| self.holder(*of, *ticket)).collect();
                holding.into_iter().filter(|order| holders.contains(order)).collect()
            }
            Chosen::These(_) | Chosen::Any(_) if *refused == Answer::Refused(Code::TicketLocked) => holding,
            Chosen::These(_) | Chosen::Any(_) => {
                let (free, held) = self.free_and_held(wish.listing);
                let could = allows(self.listings[&wish.listing].split, wish.tickets.count(), free + held, 0);
                if could { holding } else { Vec::new() }
            }
        }
    }

    /// A buyer who is refused because others hold the tickets wants them: their holders are marked. One who is past the
    /// end has their payment reconciled at once.
    fn note_interest(&mut self, refused: &Answer, holding: &[No]) {
        let codes = [Code::TicketLocked, Code::NotEnoughTickets, Code::SplitNotAllowed];
        if !matches!(refused, Answer::Refused(code) if codes.contains(code)) {
            return;
        }
        let mut marked = holding.to_vec();
        marked.retain(|order| World::is_open(self.orders[order].status) && !self.orders[order].wanted);
        for order in &marked {
            self.order_mut(*order).wanted = true;
        }
        self.pause();
        for order in marked {
            let order_now = &self.orders[&order];
            if World::is_open(order_now.status)
                && !self.locks(order_now)
                && let Some(attempt) = self.live_attempt(order)
            {
                self.follow_up(Job::Reconcile(attempt));
            }
        }
    }

    /// The orders that keep tickets of a listing from others.
    pub(crate) fn holding(&self, no: No) -> Vec<No> {
        if self.has_started(no) {
            return Vec::new();
        }
        self.open_orders(no).filter(|(_, order)| self.keeps(order)).map(|(order, _)| order).collect()
    }

    /// Creates an order that holds tickets.
    pub(crate) fn give(&mut self, buyer: Person, no: No, tickets: &[usize], order: No, terms: Terms) {
        let listing = &self.listings[&no];
        let bought = Bought {
            version: listing.version,
            ticket_price: listing.price,
            title: self.events[listing.event].title,
            seats: tickets.iter().map(|ticket| listing.tickets[*ticket].seat.clone()).collect(),
        };
        let Terms { ends, wanted, from_waitlist } = terms;
        let new = Order {
            listing: no,
            tickets: tickets.to_vec(),
            buyer,
            bought,
            status: OrderStatus::Created,
            ends,
            ended: None,
            wanted,
            takes_places: true,
            from_waitlist,
            born: self.orders.len(),
            attempts: Vec::new(),
        };
        self.orders.insert(order, new);
        self.follow_up_at(Job::Expire(order), ends);
    }

    /// Overdue tickets take no places.
    pub(crate) fn give_up_places(&mut self, who: Person) {
        let now = self.now;
        for order in self.orders.values_mut().filter(|order| order.buyer == who && order.ends <= now) {
            order.takes_places = false;
        }
    }

    /// Whether a buyer may have so many more tickets for the event of a listing: those that they have bought count, and
    /// those that they hold.
    pub(crate) fn has_event_room(&self, buyer: Person, no: No, count: usize) -> bool {
        let event = self.listings[&no].event;
        let counts = |order: &&Order| {
            (order.buyer, self.listings[&order.listing].event) == (buyer, event)
                && (matches!(order.status, OrderStatus::Complete | OrderStatus::PartlyRefunded) || self.locks(order))
        };
        let had: usize = self.orders.values().filter(counts).map(|order| order.tickets.len()).sum();
        had + count <= OF_AN_EVENT
    }

    /// Until when a buyer may hold tickets of a listing, and whether others want them during that time. A buyer whose
    /// wanted lock has just ended gets what was left of it, or has to wait.
    pub(crate) fn grant(&self, buyer: Person, no: No) -> Option<(Time, bool)> {
        let fresh = Some((self.now + LOCK, false));
        let ended_unsold = |order: &&Order| {
            (order.listing, order.buyer) == (no, buyer)
                && matches!(order.status, OrderStatus::Cancelled | OrderStatus::Expired)
        };
        let Some(last) = self.orders.values().filter(ended_unsold).max_by_key(|order| order.born) else { return fresh };
        let ended = last.ended.map_or(last.ends, |ended| ended.min(last.ends));
        let has_held_since = |other: &Order| {
            (other.listing, other.born > last.born) == (no, true)
                && other.buyer != buyer
                && other.tickets.iter().any(|ticket| last.tickets.contains(ticket))
        };
        let contested = last.wanted || self.orders.values().any(has_held_since);
        if !contested || ended + COOL_DOWN <= self.now {
            return fresh;
        }
        (last.ends > self.now).then(|| (last.ends.min(self.now + LOCK), true))
    }

    /// Ends an overdue order; a job closes its open intent at Stripe.
    pub(crate) fn put_away(&mut self, order: No) {
        self.order_to(order, OrderStatus::Expired);
        if let Some(attempt) = self.live_attempt(order) {
            self.follow_up(Job::Reconcile(attempt));
        }
    }

    pub(crate) fn cancel(&mut self, who: Person, no: No) -> Answer {
        let order = &self.orders[&no];
        let listing = order.listing;
        // Without a payment and a waitlist nothing follows from it.
        let is_simple = order.attempts.is_empty() && !self.is_awaited(listing);
        if order.buyer != who {
            return Answer::Refused(Code::OrderNotFound);
        }
        if !self.locks(order) {
            return Answer::Refused(Code::OrderEnded);
        }
        if let Some(attempt) = self.live_attempt(no) {
            if self.attempt(attempt).status == PaymentStatus::Capturing {
                return Answer::Refused(Code::PaymentInProgress);
            }
            self.follow_up(Job::Reconcile(attempt));
        }
        self.order_to(no, OrderStatus::Cancelled);
        if !is_simple {
            self.bring_up_to_date(listing);
        }
        Answer::Done
    }
}
