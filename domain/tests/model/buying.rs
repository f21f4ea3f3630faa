//! The model's rules of listing and locking.

use domain::payments::PaymentStatus;
use model::{Code, orders::OrderStatus};

use crate::{
    step::Answer,
    world::{COOL_DOWN, Job, LOCK, MONTH, No, Offer, Order, Person, Ticket, Time, World},
};

impl World {
    pub(crate) fn list(&mut self, seller: Person, no: No, price: i64) -> Answer {
        let starts = self.now + MONTH;
        self.tickets
            .insert(no, Ticket { seller, price, version: 1, offer: Offer::Listed, starts, waitlist: Vec::new() });
        Answer::Done
    }

    /// A listing may change while no buyer is paying for it or has bought it and its event has not
    /// started; and only its seller may change it.
    fn may_change(&self, who: Person, no: No) -> Result<(), Answer> {
        let ticket = &self.tickets[&no];
        let locked = self.holder(no).is_some_and(|holder| self.locks(&self.orders[&holder]));
        let refusal = match ticket.offer {
            _ if ticket.seller != who => Code::NotYourTicket,
            Offer::Sold => Code::TicketSold,
            Offer::Withdrawn => Code::TicketWithdrawn,
            Offer::Listed if locked => Code::TicketLocked,
            Offer::Listed if self.has_started(no) => Code::EventStarted,
            Offer::Listed => return Ok(()),
        };
        Err(Answer::Refused(refusal))
    }

    /// The form that changes the price also sets the event to a month from now.
    pub(crate) fn edit(&mut self, who: Person, no: No, version: i32, price: i64) -> Answer {
        let before = self.clone();
        self.bring_up_to_date(no);
        if let Err(refusal) = self.may_change(who, no) {
            return refusal;
        }
        let starts = self.now + MONTH;
        let ticket = self.ticket_mut(no);
        if ticket.version != version {
            *self = before;
            return Answer::Refused(Code::StaleVersion);
        }
        (ticket.price, ticket.version, ticket.starts) = (price, version + 1, starts);
        Answer::Done
    }

    pub(crate) fn withdraw(&mut self, who: Person, no: No) -> Answer {
        self.bring_up_to_date(no);
        if let Err(refusal) = self.may_change(who, no) {
            return refusal;
        }
        self.ticket_mut(no).offer = Offer::Withdrawn;
        Answer::Done
    }

    pub(crate) fn lock(&mut self, buyer: Person, no: No, seen: i64, order: No) -> Answer {
        let before = self.clone();
        self.bring_up_to_date(no);
        let ticket = self.tickets[&no].clone();
        let holder = self.holder(no);
        let refusal = match ticket.offer {
            _ if ticket.seller == buyer => Some(Code::OwnTicket),
            Offer::Withdrawn => Some(Code::TicketWithdrawn),
            Offer::Sold => Some(Code::TicketSold),
            Offer::Listed => None,
        };
        if let Some(code) = refusal {
            return Answer::Refused(code);
        }
        if let Some(holder) = holder.filter(|_| !self.is_free(no)) {
            let holding = self.order_mut(holder);
            if !World::is_open(holding.status) {
                return Answer::Refused(Code::TicketSold);
            }
            if holding.buyer == buyer {
                return Answer::Order(holder);
            }
            holding.wanted = true;
            return Answer::Refused(Code::TicketLocked);
        }
        if self.has_started(no) {
            return Answer::Refused(Code::EventStarted);
        }
        if seen != ticket.price {
            return Answer::PriceChanged(ticket.price);
        }
        let granted =
            if self.has_room(buyer) { self.grant(buyer, no).ok_or(Code::CoolDown) } else { Err(Code::TooManyLocks) };
        let (ends, wanted) = match granted {
            Ok(granted) => granted,
            Err(code) => {
                *self = before;
                return Answer::Refused(code);
            }
        };
        if let Some(overdue) = holder {
            self.put_away(overdue);
        }
        self.give(buyer, no, order, ends, wanted);
        Answer::Order(order)
    }

    /// Creates an order that holds the ticket.
    pub(crate) fn give(&mut self, buyer: Person, no: No, order: No, ends: Time, wanted: bool) {
        let Ticket { price, version, .. } = self.tickets[&no];
        let status = OrderStatus::Created;
        let (ended, born, attempts) = (None, self.orders.len(), Vec::new());
        let new = Order { ticket: no, buyer, price, version, status, ends, ended, wanted, born, attempts };
        self.orders.insert(order, new);
        self.follow_up_at(Job::Expire(order), ends);
    }

    /// Until when a buyer may hold a ticket, and whether others want it during that time. A buyer whose
    /// wanted lock has just ended gets what was left of it, or has to wait.
    pub(crate) fn grant(&self, buyer: Person, ticket: No) -> Option<(Time, bool)> {
        let fresh = Some((self.now + LOCK, false));
        let held =
            |order: &Order| order.ticket == ticket && order.buyer == buyer && order.status != OrderStatus::Refunded;
        let holds = self.orders.values().filter(|order| held(order));
        let Some(last) = holds.max_by_key(|order| order.born) else { return fresh };
        let ended = last.ended.map_or(last.ends, |ended| ended.min(last.ends));
        let contested = last.wanted
            || self.orders.values().any(|it| it.born > last.born && it.ticket == ticket && it.buyer != buyer);
        if !contested || ended + COOL_DOWN <= self.now {
            return fresh;
        }
        (last.ends > self.now).then(|| (last.ends.min(self.now + LOCK), true))
    }

    /// Ends an overdue order for the next buyer; a job closes its open intent at Stripe.
    pub(crate) fn put_away(&mut self, order: No) {
        self.order_to(order, OrderStatus::Expired);
        if let Some(attempt) = self.live_attempt(order) {
            self.follow_up(Job::Reconcile(attempt));
        }
    }

    pub(crate) fn cancel(&mut self, who: Person, no: No) -> Answer {
        let order = &self.orders[&no];
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
        self.offer_to_next(self.orders[&no].ticket);
        Answer::Done
    }
}
