//! The model's rules of how tickets stand, and of what a buyer may take of them.

use model::{
    Code,
    orders::OrderStatus,
    tickets::{SplitRule, TicketStatus},
};

use crate::world::{HELD, No, Order, PAYMENT_GRACE, Person, Sale, World};

impl World {
    /// How a ticket stands for others than its holder.
    pub(crate) fn status(&self, no: No, ticket: usize) -> TicketStatus {
        match self.listings[&no].tickets[ticket].sale {
            Sale::Withdrawn => TicketStatus::Withdrawn,
            Sale::Sold => TicketStatus::Sold,
            Sale::Listed if self.has_started(no) => TicketStatus::Started,
            Sale::Listed => match self.holder(no, ticket) {
                Some(order) if self.keeps(&self.orders[&order]) || self.is_awaited(no) => TicketStatus::Locked,
                Some(_) | None => TicketStatus::OnSale,
            },
        }
    }

    /// The order that is open and has the ticket, overdue or not.
    pub(crate) fn holder(&self, no: No, ticket: usize) -> Option<No> {
        let holds =
            |order: &Order| order.listing == no && World::is_open(order.status) && order.tickets.contains(&ticket);
        self.orders.iter().find(|(_, order)| holds(order)).map(|(no, _)| *no)
    }

    /// The order that has bought the ticket, refunded since or not.
    pub(crate) fn owner(&self, no: No, ticket: usize) -> Option<No> {
        let has_bought = |order: &Order| {
            let sold =
                [OrderStatus::Complete, OrderStatus::PartlyRefunded, OrderStatus::RefundPending, OrderStatus::Refunded];
            sold.contains(&order.status) && order.listing == no && order.tickets.contains(&ticket)
        };
        self.orders.iter().find(|(_, order)| has_bought(order)).map(|(no, _)| *no)
    }

    /// Whether an open order keeps its tickets from others: with a payment, a little longer than its lock.
    pub(crate) fn keeps(&self, order: &Order) -> bool {
        let grace = if order.attempts.is_empty() { 0 } else { PAYMENT_GRACE };
        order.ends + grace > self.now
    }

    /// The open orders of a listing, overdue or not.
    pub(crate) fn open_orders(&self, no: No) -> impl Iterator<Item = (No, &Order)> {
        let orders = self.orders.iter().filter(move |(_, order)| order.listing == no && World::is_open(order.status));
        orders.map(|(no, order)| (*no, order))
    }

    /// The orders of a listing that no longer keep their tickets, although no one has ended them.
    pub(crate) fn overdue(&self, no: No) -> Vec<No> {
        self.open_orders(no).filter(|(_, order)| !self.keeps(order)).map(|(order, _)| order).collect()
    }

    /// The tickets with a status, in the order of their seats.
    pub(crate) fn with_status(&self, no: No, status: TicketStatus) -> Vec<usize> {
        let seating = &self.listings[&no].seating;
        seating.iter().copied().filter(|ticket| self.status(no, *ticket) == status).collect()
    }

    /// The tickets that can be locked, in the order of their seats.
    pub(crate) fn free(&self, no: No) -> Vec<usize> {
        self.with_status(no, TicketStatus::OnSale)
    }

    /// How many tickets can be locked, and how many others hold.
    pub(crate) fn free_and_held(&self, no: No) -> (usize, usize) {
        (self.free(no).len(), self.with_status(no, TicketStatus::Locked).len())
    }

    /// Whether one order may take so many of a listing's tickets now.
    pub(crate) fn may_take(&self, no: No, count: usize) -> bool {
        let (free, held) = self.free_and_held(no);
        allows(self.listings[&no].split, count, free, held)
    }

    /// Whether a listing has a waitlist.
    pub(crate) fn is_awaited(&self, no: No) -> bool {
        !self.listings[&no].waitlist.is_empty()
    }

    pub(crate) fn has_started(&self, no: No) -> bool {
        self.events[self.listings[&no].event].starts <= self.now
    }

    /// Whether a user may hold so many more tickets.
    pub(crate) fn has_room(&self, who: Person, count: usize) -> bool {
        self.places_taken(who, |order| self.locks(order)) + count <= HELD
    }

    /// The places that tickets of some of a user's open orders take.
    pub(crate) fn places_taken(&self, who: Person, counts: impl Fn(&Order) -> bool) -> usize {
        let takes =
            |order: &&Order| order.buyer == who && World::is_open(order.status) && order.takes_places && counts(order);
        self.orders.values().filter(takes).map(|order| order.tickets.len()).sum()
    }
}

/// Whether one order may take `count` of `free` tickets, while others hold `held` of the listing.
pub(crate) fn allows(split: SplitRule, count: usize, free: usize, held: usize) -> bool {
    if count == 0 || count > free {
        return false;
    }
    match split {
        SplitRule::Any => true,
        // The one that is left alone may go alone.
        SplitRule::Pairs => count.is_multiple_of(2) || (count, free) == (1, 1),
        SplitRule::AllTogether => count == free + held,
        SplitRule::NeverLeaveOne => free != count + 1,
    }
}

/// Why none of the tickets in these statuses can be locked; of several reasons, the one that may pass.
pub(crate) fn refusal(statuses: &[TicketStatus]) -> Code {
    let has = |status| statuses.contains(&status);
    if has(TicketStatus::Locked) {
        Code::TicketLocked
    } else if has(TicketStatus::Started) {
        Code::EventStarted
    } else if has(TicketStatus::Sold) {
        Code::TicketSold
    } else {
        Code::TicketWithdrawn
    }
}
