//! The model's rules of the waitlist, and of how much one buyer may hold.

use model::Code;

use crate::{
    step::Answer,
    world::{HELD, LOCK, NEXT, No, Offer, PLACES, Person, WAITLIST_MAX, World},
};

impl World {
    /// A user who meets a locked ticket can join its waitlist.
    pub(crate) fn join(&mut self, who: Person, no: No) -> Answer {
        self.bring_up_to_date(no);
        let ticket = &self.tickets[&no];
        let holder = self.holder(no).filter(|_| !self.is_free(no));
        let is_bought = holder.is_some_and(|order| !World::is_open(self.orders[&order].status));
        let refusal = match (ticket.offer, holder) {
            _ if ticket.seller == who => Code::OwnTicket,
            (Offer::Withdrawn, _) => Code::TicketWithdrawn,
            (Offer::Sold, _) => Code::TicketSold,
            _ if is_bought => Code::TicketSold,
            _ if self.has_started(no) => Code::EventStarted,
            (Offer::Listed, None) => Code::TicketIsFree,
            (Offer::Listed, Some(order)) if self.orders[&order].buyer == who => Code::AlreadyYours,
            (Offer::Listed, Some(order)) => return self.take_a_place(who, no, order),
        };
        Answer::Refused(refusal)
    }

    fn take_a_place(&mut self, who: Person, no: No, behind: No) -> Answer {
        self.order_mut(behind).wanted = true;
        let waitlist = &self.tickets[&no].waitlist;
        if let Some(place) = waitlist.iter().position(|waiting| *waiting == who) {
            return Answer::Place(place + 1);
        }
        let places = self.tickets.values().filter(|ticket| ticket.waitlist.contains(&who)).count();
        if waitlist.len() >= WAITLIST_MAX {
            Answer::Refused(Code::LineFull)
        } else if places >= PLACES {
            Answer::Refused(Code::TooManyPlaces)
        } else if self.grant(who, no).is_none() {
            Answer::Refused(Code::CoolDown)
        } else {
            let waitlist = &mut self.ticket_mut(no).waitlist;
            waitlist.push(who);
            Answer::Place(waitlist.len())
        }
    }

    /// Leaving a waitlist that the user is not on is no error.
    pub(crate) fn leave(&mut self, who: Person, no: No) -> Answer {
        self.ticket_mut(no).waitlist.retain(|waiting| *waiting != who);
        Answer::Done
    }

    /// A transaction that finds a ticket's lock expired gives the ticket to the first of the waitlist.
    pub(crate) fn bring_up_to_date(&mut self, no: No) {
        if self.is_free(no) && self.is_awaited(no) {
            if let Some(overdue) = self.holder(no) {
                self.put_away(overdue);
            }
            self.offer_to_next(no);
        }
    }

    /// Offers a ticket whose lock has ended to the first of the waitlist with room for it, for a lock of
    /// full length; those without room lose their position.
    pub(crate) fn offer_to_next(&mut self, no: No) {
        if self.tickets[&no].offer != Offer::Listed || self.has_started(no) {
            self.ticket_mut(no).waitlist.clear();
        }
        while self.is_awaited(no) {
            let first = self.ticket_mut(no).waitlist.remove(0);
            if self.has_room(first) {
                let before = self.orders.iter().filter(|(_, order)| order.ticket == no).max_by_key(|(_, it)| it.born);
                let order = before.expect("a waitlist has an order before it").0 + NEXT;
                self.give(first, no, order, self.now + LOCK, self.is_awaited(no));
                return;
            }
        }
    }

    /// Whether a user may hold one more ticket.
    pub(crate) fn has_room(&self, who: Person) -> bool {
        self.orders.values().filter(|order| order.buyer == who && self.locks(order)).count() < HELD
    }
}
