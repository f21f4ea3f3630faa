//! The model's rules of the waitlist.

use model::{Code, orders::OrderStatus};

use crate::{
    buying::Terms,
    standing::{allows, refusal},
    step::Answer,
    world::{DAY, Entry, HELD, LOCK, No, OFFERS, Order, PLACES, Person, UNPAID_OFFERS, WAITLIST_MAX, World},
};

impl World {
    /// A user who meets locked tickets can join their waitlist, for a number that is not free now and that the listing
    /// could sell if nothing of it were locked.
    pub(crate) fn join(&mut self, who: Person, no: No, wanted: usize) -> Answer {
        self.bring_up_to_date(no);
        let listing = &self.listings[&no];
        let (free, held) = self.free_and_held(no);
        let code = if listing.seller == who {
            Code::OwnTicket
        } else if self.held_by(who, no).is_some() {
            Code::AlreadyYours
        } else if free + held == 0 {
            refusal(&self.statuses(no))
        } else if wanted == 0 {
            Code::InvalidQuantity
        } else if allows(listing.split, wanted, free, held) {
            Code::TicketIsFree
        } else if wanted > free + held {
            Code::NotEnoughTickets
        } else if !allows(listing.split, wanted, free + held, 0) {
            Code::SplitNotAllowed
        } else if wanted > HELD {
            Code::TooManyLocks
        } else {
            return self.take_a_position(who, no, wanted);
        };
        Answer::Refused(code)
    }

    fn take_a_position(&mut self, who: Person, no: No, wanted: usize) -> Answer {
        let waitlist = &mut self.listing_mut(no).waitlist;
        let mine = waitlist.iter().position(|entry| entry.who == who);
        if let Some(position) = mine {
            waitlist[position].wanted = wanted;
            return Answer::Position(position + 1);
        }
        let listing = &self.listings[&no];
        let is_on = |entries: &[Entry]| entries.iter().any(|entry| entry.who == who);
        if listing.is_waitlist_closed {
            return Answer::Refused(Code::LineClosed);
        }
        if listing.waitlist.len() >= WAITLIST_MAX {
            return Answer::Refused(Code::LineFull);
        }
        if self.listings.values().filter(|listing| is_on(&listing.waitlist)).count() >= PLACES {
            return Answer::Refused(Code::TooManyPlaces);
        }
        if !self.has_event_room(who, no, wanted) {
            return Answer::Refused(Code::EventLimit);
        }
        if self.has_left_offers_unpaid(who) {
            return Answer::Refused(Code::UnpaidOffers);
        }
        if self.grant(who, no).is_none() {
            return Answer::Refused(Code::CoolDown);
        }
        for order in self.holding(no) {
            self.order_mut(order).wanted = true;
        }
        let waitlist = &mut self.listing_mut(no).waitlist;
        waitlist.push(Entry { who, wanted });
        Answer::Position(waitlist.len())
    }

    /// Leaving a waitlist that the user is not on is no error.
    pub(crate) fn leave(&mut self, who: Person, no: No) -> Answer {
        self.listing_mut(no).waitlist.retain(|entry| entry.who != who);
        Answer::Done
    }

    /// Ends a listing's overdue orders, and offers what is free to the waitlist.
    pub(crate) fn bring_up_to_date(&mut self, no: No) {
        for order in self.overdue(no) {
            self.put_away(order);
        }
        self.offer(no);
    }

    /// The first whose number can be served gets a lock of full length, and so on until none can be served. Those who
    /// may not hold so many tickets lose their position, and so do those who want more than can become free.
    fn offer(&mut self, no: No) {
        let (free, held) = self.free_and_held(no);
        if free + held == 0 {
            self.listing_mut(no).waitlist.clear();
        }
        if free == 0 {
            return;
        }
        while let Some(place) = self.next_to_serve(no) {
            let Entry { who, wanted } = self.listing_mut(no).waitlist.remove(place);
            let free = self.free(no);
            if wanted <= free.len() && self.may_be_offered(who, no, wanted) {
                self.give_up_places(who);
                let offers = self.orders.values().filter(|order| order.listing == no && order.from_waitlist).count();
                let order = OFFERS * no + u32::try_from(offers).expect("few offers") + 1;
                let terms = Terms { ends: self.now + LOCK, wanted: self.is_awaited(no), from_waitlist: true };
                self.give(who, no, &free[..wanted], order, terms);
            }
        }
    }

    fn may_be_offered(&self, who: Person, no: No, wanted: usize) -> bool {
        self.has_room(who, wanted) && self.has_event_room(who, no, wanted) && !self.has_left_offers_unpaid(who)
    }

    /// Whether three offers of the last day, of any listing, have ended without a sale.
    fn has_left_offers_unpaid(&self, who: Person) -> bool {
        let is_unpaid = |order: &&Order| {
            let ended = order.ended.map_or(order.ends, |ended| ended.min(order.ends));
            (order.buyer, order.from_waitlist) == (who, true)
                && matches!(order.status, OrderStatus::Cancelled | OrderStatus::Expired)
                && ended + DAY > self.now
        };
        self.orders.values().filter(is_unpaid).count() >= UNPAID_OFFERS
    }

    fn next_to_serve(&self, no: No) -> Option<usize> {
        let listing = &self.listings[&no];
        // What others hold may become free, and so may what is free and offered.
        let (free, held) = self.free_and_held(no);
        let is_next = |entry: &Entry| entry.wanted > free + held || allows(listing.split, entry.wanted, free, held);
        listing.waitlist.iter().position(is_next)
    }
}
