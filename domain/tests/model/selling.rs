//! The model's rules of listing, editing and withdrawing.

use model::{
    Code,
    tickets::{SplitRule, TicketStatus},
};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Typed,
    standing::{allows, refusal},
    step::Answer,
    world::{HELD, Listing, No, Person, RESTORE_WITHIN, Sale, Ticket, World},
};

/// The fields of the form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) event: Typed,
    /// The number of the first seat; 0 for general admission.
    pub(crate) first_seat: u32,
    pub(crate) count: u32,
    pub(crate) split: SplitRule,
    /// The price of one ticket.
    pub(crate) price: i64,
}

impl Form {
    /// The seat of each ticket.
    pub(crate) fn seats(&self) -> Vec<String> {
        let seat = |n: u32| if self.first_seat == 0 { String::new() } else { (self.first_seat + n).to_string() };
        (0..self.count).map(seat).collect()
    }

    /// Whether some buyer may hold as many tickets as an order has to take.
    fn can_be_bought(&self) -> bool {
        (1..=HELD).any(|count| allows(self.split, count, self.seats().len(), 0))
    }
}

impl World {
    pub(crate) fn list(&mut self, seller: Person, no: No, form: &Form) -> Answer {
        if !form.can_be_bought() {
            return Answer::Refused(Code::SplitTooLarge);
        }
        let event = self.event_of(form.event);
        let tickets: Vec<_> = form.seats().into_iter().map(|seat| Ticket { seat, sale: Sale::Listed }).collect();
        let listing = Listing {
            seller,
            event,
            price: form.price,
            split: form.split,
            version: 1,
            seating: (0..tickets.len()).collect(),
            places: (0..tickets.len()).collect(),
            tickets,
            waitlist: Vec::new(),
            is_waitlist_closed: false,
            withdrawals: Vec::new(),
        };
        self.listings.insert(no, listing);
        Answer::Done
    }

    /// Only its seller changes a listing, and what that meets is brought up to date.
    fn begin_change(&mut self, who: Person, no: No) -> Result<(), Answer> {
        if self.listings[&no].seller != who {
            return Err(Answer::Refused(Code::NotYourTicket));
        }
        self.bring_up_to_date(no);
        Ok(())
    }

    /// A listing may be edited while no ticket of it is locked or sold, its event has not started, and not all of it
    /// is withdrawn. The form sets the event to a month from now.
    pub(crate) fn edit(&mut self, who: Person, no: No, version: i32, form: &Form) -> Answer {
        if let Err(refused) = self.begin_change(who, no) {
            return refused;
        }
        let statuses = self.statuses(no);
        if statuses.is_empty() {
            return Answer::Refused(Code::TicketWithdrawn);
        }
        if let Some(in_the_way) = statuses.iter().find(|status| **status != TicketStatus::OnSale) {
            return Answer::Refused(refusal(&[*in_the_way]));
        }
        if !form.can_be_bought() {
            return Answer::Refused(Code::SplitTooLarge);
        }
        if self.listings[&no].version != version {
            return Answer::Refused(Code::StaleVersion);
        }
        let event = self.event_of(form.event);
        let listing = self.listing_mut(no);
        (listing.event, listing.price, listing.split, listing.version) = (event, form.price, form.split, version + 1);
        listing.reseat(form.seats());
        listing.withdrawals.clear();
        self.bring_up_to_date(no);
        Answer::Done
    }

    /// Withdraws one ticket that is on sale, or all that are, while none is locked.
    pub(crate) fn withdraw(&mut self, who: Person, no: No, ticket: Option<usize>) -> Answer {
        if let Err(refused) = self.begin_change(who, no) {
            return refused;
        }
        let chosen = match ticket {
            Some(ticket) => match self.status(no, ticket) {
                TicketStatus::OnSale => vec![ticket],
                status => return Answer::Refused(refusal(&[status])),
            },
            None => match self.all_on_sale(no) {
                Ok(tickets) => tickets,
                Err(code) => return Answer::Refused(code),
            },
        };
        let now = self.now;
        let listing = self.listing_mut(no);
        listing.take_off_sale(&chosen);
        listing.withdrawals.push((now, chosen));
        self.bring_up_to_date(no);
        Answer::Done
    }

    /// Puts back on sale what one withdrawal took off, within ten minutes and before the event. What is on sale stays so.
    pub(crate) fn restore(&mut self, who: Person, no: No, ticket: usize) -> Answer {
        if let Err(refused) = self.begin_change(who, no) {
            return refused;
        }
        match self.status(no, ticket) {
            TicketStatus::Withdrawn => {}
            TicketStatus::OnSale | TicketStatus::Locked => return Answer::Done,
            status => return Answer::Refused(refusal(&[status])),
        }
        let withdrawals = &self.listings[&no].withdrawals;
        let Some(nth) = withdrawals.iter().position(|(_, tickets)| tickets.contains(&ticket)) else {
            return Answer::Refused(Code::NotRestorable);
        };
        if self.has_started(no) {
            return Answer::Refused(Code::EventStarted);
        }
        if self.now - withdrawals[nth].0 >= RESTORE_WITHIN {
            return Answer::Refused(Code::RestoreTooLate);
        }
        let listing = self.listing_mut(no);
        let (_, tickets) = listing.withdrawals.remove(nth);
        listing.put_back(tickets);
        self.bring_up_to_date(no);
        Answer::Done
    }

    fn all_on_sale(&self, no: No) -> Result<Vec<usize>, Code> {
        let statuses = self.statuses(no);
        if statuses.contains(&TicketStatus::Locked) {
            return Err(Code::TicketLocked);
        }
        let free = self.free(no);
        if free.is_empty() { Err(refusal(&statuses)) } else { Ok(free) }
    }

    /// A closed waitlist is empty, and no one joins.
    pub(crate) fn close_waitlist(&mut self, who: Person, no: No, is_closed: bool) -> Answer {
        if let Err(refused) = self.begin_change(who, no) {
            return refused;
        }
        let listing = self.listing_mut(no);
        listing.is_waitlist_closed = is_closed;
        if is_closed {
            listing.waitlist.clear();
        }
        Answer::Done
    }

    /// How the tickets stand that are not withdrawn, in the order of their seats.
    pub(crate) fn statuses(&self, no: No) -> Vec<TicketStatus> {
        self.listings[&no].seating.iter().map(|ticket| self.status(no, *ticket)).collect()
    }
}

impl Listing {
    fn take_off_sale(&mut self, tickets: &[usize]) {
        for ticket in tickets {
            self.tickets[*ticket].sale = Sale::Withdrawn;
        }
        self.seating.retain(|ticket| !tickets.contains(ticket));
    }

    fn put_back(&mut self, tickets: Vec<usize>) {
        for ticket in tickets {
            self.tickets[ticket].sale = Sale::Listed;
        }
        let is_there = |ticket: &usize| self.tickets[*ticket].sale != Sale::Withdrawn;
        self.seating = self.places.iter().copied().filter(is_there).collect();
    }

    /// A ticket whose seat is still in the form keeps it. The others take what is left of the form, in order; what is
    /// left of them is withdrawn, and what is left of the form are new tickets.
    fn reseat(&mut self, seats: Vec<String>) {
        let mut others = self.seating.clone();
        let mut keep = |seat: &String| {
            let place = others.iter().position(|ticket| self.tickets[*ticket].seat == *seat)?;
            Some(others.remove(place))
        };
        let kept: Vec<Option<usize>> = seats.iter().map(&mut keep).collect();
        let mut others = others.into_iter();
        let mut seating = Vec::new();
        for (seat, kept) in seats.into_iter().zip(kept) {
            let ticket = kept.or_else(|| others.next()).unwrap_or_else(|| {
                self.tickets.push(Ticket { seat: String::new(), sale: Sale::Listed });
                self.tickets.len() - 1
            });
            self.tickets[ticket].seat = seat;
            seating.push(ticket);
        }
        let surplus: Vec<usize> = others.collect();
        self.take_off_sale(&surplus);
        self.seating = seating;
        self.places.clone_from(&self.seating);
    }
}
