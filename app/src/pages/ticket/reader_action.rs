//! What the reader of a listing's page can do.

use model::{
    OrderId, TicketId, Timestamp,
    tickets::{Availability, ListingView, TicketStatus, TicketView},
    waitlist::Waitlist,
};

/// What the reader can do with the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReaderAction {
    /// Pay for their order of its tickets, or view it. With `can_buy`, they can buy more of them.
    OpenOrder { order: OrderId, state: ReaderOrder, can_buy: bool, is_waiting: bool },
    /// Edit or withdraw their own listing, if it allows that.
    Manage(Management),
    /// Buy tickets, after signing in. Fewer may be on sale than a reader on the waitlist wants.
    Buy { is_waiting: bool },
    /// Join or leave the waitlist.
    Wait { is_waiting: bool },
    /// Find other tickets: the seller has closed the waitlist.
    WaitlistClosed,
    /// Find other tickets.
    FindAnother,
}

/// How far the reader's own order is, by what the listing tells about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReaderOrder {
    /// It holds tickets until it is paid.
    Holds,
    /// It has bought tickets.
    Bought,
    /// It holds tickets or has bought some: others have the rest of the listing, so that it cannot be told.
    HoldsOrBought,
}

/// What the seller sees of their own listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Management {
    /// Why it cannot be edited, if it cannot.
    pub(super) why_not_editable: Option<&'static str>,
    pub(super) is_withdrawable: bool,
    /// The withdrawals that can be undone, oldest first: the first ticket of each, and how many it took.
    pub(super) restorable: Vec<(TicketId, usize)>,
    /// Whether there is a sale to see.
    pub(super) has_sale: bool,
    /// Its tickets, if it has several.
    pub(super) tickets: Vec<TicketView>,
    /// Its waitlist, if buyers are on it or could join it.
    pub(super) waitlist: Option<Waitlist>,
    /// When at the latest no buyer holds it, if a buyer does.
    pub(super) held_at_most_until: Option<Timestamp>,
}

impl ReaderAction {
    pub(super) fn of(listing: &ListingView) -> Self {
        let is_waiting = listing.waitlist.my_position.is_some();
        if let Some(order) = listing.my_order {
            let state = ReaderOrder::of(listing);
            let can_buy = state != ReaderOrder::Holds && can_buy(listing);
            return Self::OpenOrder { order, state, can_buy, is_waiting };
        }
        match &listing.card.availability {
            _ if listing.is_mine => Self::Manage(Management::of(listing)),
            Availability::OnSale if can_buy(listing) => Self::Buy { is_waiting },
            Availability::OnSale | Availability::LockedUntil(_) => {
                if listing.waitlist.is_closed && !is_waiting {
                    Self::WaitlistClosed
                } else {
                    Self::Wait { is_waiting }
                }
            }
            Availability::Sold | Availability::Withdrawn | Availability::Started | Availability::EventCancelled => {
                Self::FindAnother
            }
        }
    }
}

impl ReaderOrder {
    fn of(listing: &ListingView) -> Self {
        let of_tickets = |status| count(&listing.tickets, status);
        // A ticket that is held past the event's start has that status. Of a cancelled event no ticket is held.
        let held = of_tickets(TicketStatus::Locked) + of_tickets(TicketStatus::Started);
        match (held, of_tickets(TicketStatus::Sold)) {
            (_, 0) => Self::Holds,
            (0, _) => Self::Bought,
            (_, _) => Self::HoldsOrBought,
        }
    }
}

impl Management {
    fn of(listing: &ListingView) -> Self {
        let tickets = &listing.tickets;
        let is_any_locked = count(tickets, TicketStatus::Locked) > 0;
        let is_closed = listing.waitlist.is_closed && listing.card.availability == Availability::OnSale;
        Self {
            why_not_editable: why_not_editable(listing),
            is_withdrawable: listing.is_withdrawable(),
            restorable: restorable(tickets),
            has_sale: is_any_locked || count(tickets, TicketStatus::Sold) > 0,
            tickets: if tickets.len() > 1 { tickets.clone() } else { Vec::new() },
            held_at_most_until: listing.held_at_most_until.clone(),
            waitlist: (is_any_locked || listing.waitlist.length > 0 || is_closed).then_some(listing.waitlist),
        }
    }
}

fn restorable(tickets: &[TicketView]) -> Vec<(TicketId, usize)> {
    let mut withdrawals = Vec::new();
    for number in 0..tickets.len() {
        let mut withdrawn = tickets.iter().filter(|ticket| ticket.withdrawal == Some(number));
        if let Some(first) = withdrawn.next() {
            withdrawals.push((first.id, withdrawn.count() + 1));
        }
    }
    withdrawals
}

fn can_buy(listing: &ListingView) -> bool {
    listing.card.availability == Availability::OnSale && !listing.choices.is_empty()
}

/// How many of `tickets` have the status.
pub(super) fn count(tickets: &[TicketView], status: TicketStatus) -> usize {
    tickets.iter().filter(|ticket| ticket.status == status).count()
}

/// Why a listing cannot be edited, if it cannot.
pub(in super::super) fn why_not_editable(listing: &ListingView) -> Option<&'static str> {
    let is_any_locked = count(&listing.tickets, TicketStatus::Locked) > 0;
    (!listing.is_editable()).then_some(match listing.card.availability {
        Availability::OnSale if is_any_locked => {
            "Someone is paying for a part of it, so it cannot be edited right now."
        }
        Availability::OnSale => "A part of it is sold, so it can no longer be edited.",
        Availability::LockedUntil(_) => "Someone is paying for it, so it cannot be edited right now.",
        Availability::Sold => "It has a buyer and can no longer be edited.",
        Availability::Withdrawn => "It is withdrawn and can no longer be edited.",
        Availability::Started => "Its event has started, so it can no longer be edited.",
        Availability::EventCancelled => "Its event is cancelled, so it can no longer be edited.",
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::reactive_listing::tests::{ID, locked, shown},
        *,
    };

    /// A listing whose tickets have the statuses.
    fn with(availability: Availability, statuses: &[TicketStatus]) -> ListingView {
        let mut view = shown(statuses.len());
        view.card.availability = availability;
        for (ticket, &status) in view.tickets.iter_mut().zip(statuses) {
            ticket.status = status;
        }
        let free = count(&view.tickets, TicketStatus::OnSale);
        (view.card.free, view.choices) = (free, (1..=free).collect());
        view
    }

    #[test]
    fn reader_action_depends_on_reader_and_availability() {
        use TicketStatus::{Locked, OnSale, Sold};
        let buy = |is_waiting| ReaderAction::Buy { is_waiting };
        assert_eq!(ReaderAction::of(&with(Availability::OnSale, &[OnSale])), buy(false));
        let mut partly_free = with(Availability::OnSale, &[Locked, OnSale]);
        assert_eq!(ReaderAction::of(&partly_free), buy(false));
        partly_free.waitlist.my_position = Some(1);
        assert_eq!(ReaderAction::of(&partly_free), buy(true));
        // All together, and another buyer holds one of them.
        let together = ListingView { choices: vec![], ..with(Availability::OnSale, &[Locked, OnSale]) };
        assert_eq!(ReaderAction::of(&together), ReaderAction::Wait { is_waiting: false });
        let mut taken = with(locked(), &[Locked]);
        assert_eq!(ReaderAction::of(&taken), ReaderAction::Wait { is_waiting: false });
        taken.waitlist.is_closed = true;
        assert_eq!(ReaderAction::of(&taken), ReaderAction::WaitlistClosed);
        taken.waitlist.my_position = Some(2);
        assert_eq!(ReaderAction::of(&taken), ReaderAction::Wait { is_waiting: true });
        for over in [Availability::Sold, Availability::Withdrawn, Availability::Started] {
            assert_eq!(ReaderAction::of(&with(over, &[Sold])), ReaderAction::FindAnother);
        }
    }

    #[test]
    fn reader_with_an_order_goes_to_it() {
        use TicketStatus::{Locked, OnSale, Sold};
        let order: OrderId = ID.parse().expect("an id");
        let action = |availability, statuses: &[TicketStatus]| {
            ReaderAction::of(&ListingView { my_order: Some(order), ..with(availability, statuses) })
        };
        let open = |state, can_buy| ReaderAction::OpenOrder { order, state, can_buy, is_waiting: false };
        assert_eq!(action(locked(), &[Locked]), open(ReaderOrder::Holds, false));
        assert_eq!(action(Availability::Started, &[TicketStatus::Started]), open(ReaderOrder::Holds, false));
        assert_eq!(
            action(Availability::EventCancelled, &[TicketStatus::EventCancelled, Sold]),
            open(ReaderOrder::Bought, false)
        );
        assert_eq!(
            action(Availability::Started, &[TicketStatus::Started, Sold]),
            open(ReaderOrder::HoldsOrBought, false)
        );
        assert_eq!(action(Availability::Sold, &[Sold]), open(ReaderOrder::Bought, false));
        assert_eq!(action(Availability::OnSale, &[Locked, OnSale]), open(ReaderOrder::Holds, false));
        assert_eq!(action(Availability::OnSale, &[Sold, OnSale]), open(ReaderOrder::Bought, true));
        assert_eq!(action(locked(), &[Locked, Sold]), open(ReaderOrder::HoldsOrBought, false));
        assert_eq!(action(Availability::OnSale, &[Locked, Sold, OnSale]), open(ReaderOrder::HoldsOrBought, true));
    }

    #[test]
    fn seller_manages_what_is_not_sold() {
        use TicketStatus::{Locked, OnSale, Sold, Withdrawn};
        let management = |availability, statuses: &[TicketStatus]| {
            let listing = ListingView { is_mine: true, ..with(availability, statuses) };
            match ReaderAction::of(&listing) {
                ReaderAction::Manage(management) => management,
                other => panic!("the seller can only manage, not {other:?}"),
            }
        };
        let free = management(Availability::OnSale, &[OnSale]);
        assert_eq!((free.why_not_editable, free.is_withdrawable, free.has_sale), (None, true, false));
        assert!(free.tickets.is_empty());
        let partly_sold = management(Availability::OnSale, &[OnSale, Sold]);
        assert!(partly_sold.why_not_editable.is_some_and(|reason| reason.contains("sold")));
        assert!(partly_sold.is_withdrawable && partly_sold.has_sale);
        let partly_locked = management(Availability::OnSale, &[OnSale, Locked]);
        assert!(partly_locked.why_not_editable.is_some_and(|reason| reason.contains("paying")));
        assert!(!partly_locked.is_withdrawable);
        assert!(partly_locked.waitlist.is_some() && partly_sold.waitlist.is_none());
        let withdrawn = management(Availability::OnSale, &[OnSale, Withdrawn]);
        assert_eq!((withdrawn.why_not_editable, withdrawn.tickets.len()), (None, 2));
        assert!(withdrawn.restorable.is_empty());
    }

    #[test]
    fn seller_restores_what_was_withdrawn_together() {
        use TicketStatus::{OnSale, Withdrawn};
        let mut listing = with(Availability::OnSale, &[Withdrawn, OnSale, Withdrawn, Withdrawn]);
        let ids: Vec<TicketId> =
            (1..=4).map(|n| format!("0190d1d0-0000-4000-8000-00000000000{n}").parse().expect("an id")).collect();
        for ((ticket, id), withdrawal) in listing.tickets.iter_mut().zip(&ids).zip([Some(1), None, Some(0), Some(1)]) {
            (ticket.id, ticket.withdrawal) = (*id, withdrawal);
        }
        assert_eq!(restorable(&listing.tickets), [(ids[2], 1), (ids[0], 2)]);
    }
}
