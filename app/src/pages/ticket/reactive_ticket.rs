//! The ticket that the open page shows, kept up to date.

use leptos::{prelude::*, task::spawn_local};
use model::{
    OrderId, TicketId,
    live::TicketUpdate,
    tickets::{Availability, TicketView},
};

use crate::{
    api::{ShowTicket, get},
    browser::subscribe,
};

/// The ticket, kept up to date while the page is visible.
#[derive(Clone, Copy)]
pub(super) struct ReactiveTicket {
    view: RwSignal<TicketView>,
    /// Counts the edits of the listing while the page is open. Each loads the page's data again.
    edits: RwSignal<u32>,
}

/// What the reader can do with the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReaderAction {
    /// Pay for their order of the ticket, or view it.
    OpenOrder { order: OrderId, is_bought: bool },
    /// Edit or withdraw their own listing, if its availability allows that.
    Manage(Availability),
    /// Buy the ticket, after signing in.
    Buy,
    /// Join or leave the waitlist.
    Wait { is_waiting: bool },
    /// Find another ticket.
    FindAnother,
}

impl ReactiveTicket {
    pub(super) fn new(view: TicketView, edits: RwSignal<u32>) -> Self {
        Self { view: RwSignal::new(view), edits }
    }

    pub(super) fn id(self) -> TicketId {
        self.view.with_untracked(|view| view.card.id)
    }

    /// Whether the ticket can be bought.
    pub(super) fn availability(self) -> Signal<Availability> {
        Memo::new(move |_| self.view.with(|view| view.card.availability.clone())).into()
    }

    /// The length of the waitlist.
    pub(super) fn waiting(self) -> Signal<i64> {
        Memo::new(move |_| self.view.with(|view| view.waitlist.length)).into()
    }

    /// The reader's position on the waitlist, from 1. Zero if they are not on it.
    pub(super) fn position(self) -> Signal<i64> {
        Memo::new(move |_| self.view.with(|view| view.waitlist.my_position.unwrap_or_default())).into()
    }

    /// What the reader can do.
    pub(super) fn action(self) -> Memo<ReaderAction> {
        Memo::new(move |_| self.view.with(ReaderAction::of))
    }

    /// Keeps the ticket up to date. Called in the browser, from an effect.
    pub(super) fn subscribe(self) {
        subscribe(&[self.id()], move |update| self.apply(update));
    }

    fn apply(self, update: TicketUpdate) {
        match self.view.with_untracked(|view| Reaction::to(view, &update)) {
            Reaction::Ignore => {}
            Reaction::Apply => self.view.update(|view| {
                view.card.as_of_us = update.as_of_us;
                view.card.availability = update.availability;
                view.waitlist.length = update.waitlist_length;
            }),
            Reaction::Refetch => spawn_local(async move {
                // A failed request shows no error: the next update follows.
                // The page may have been left meanwhile.
                if let Ok(ticket) = get(ShowTicket { ticket: self.id() }).await
                    && self.view.try_with_untracked(|shown| ticket.card.as_of_us >= shown.card.as_of_us) == Some(true)
                {
                    self.view.set(ticket);
                }
            }),
            Reaction::Reload => self.edits.update(|count| *count += 1),
        }
    }
}

impl ReaderAction {
    fn of(ticket: &TicketView) -> Self {
        match (ticket.my_order, &ticket.card.availability) {
            (Some(order), availability) => Self::OpenOrder { order, is_bought: *availability == Availability::Sold },
            (None, availability) if ticket.is_mine => Self::Manage(availability.clone()),
            (None, _) if ticket.waitlist.is_offered_to_me => Self::Buy,
            (None, Availability::OnSale) => Self::Buy,
            (None, Availability::LockedUntil(_)) => Self::Wait { is_waiting: ticket.waitlist.my_position.is_some() },
            (None, Availability::Sold | Availability::Withdrawn | Availability::Started) => Self::FindAnother,
        }
    }
}

/// How the page reacts to an update.
#[derive(Debug, PartialEq, Eq)]
enum Reaction {
    /// The page shows this state or a newer one.
    Ignore,
    /// The update has everything that the page needs.
    Apply,
    /// The reader has an order or a position, and the update has neither. The page loads the ticket again.
    Refetch,
    /// The listing was edited. The page loads all its data again.
    Reload,
}

impl Reaction {
    fn to(shown: &TicketView, update: &TicketUpdate) -> Self {
        let concerns_reader = shown.my_order.is_some() || shown.waitlist.my_position.is_some();
        if update.as_of_us < shown.card.as_of_us {
            Self::Ignore
        } else if shown.version != update.version {
            Self::Reload
        } else if shown.card.availability == update.availability && shown.waitlist.length == update.waitlist_length {
            Self::Ignore
        } else if concerns_reader {
            Self::Refetch
        } else {
            Self::Apply
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        EventTime, Money, Timestamp,
        tickets::{Category, TicketCard},
        waitlist::Waitlist,
    };

    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    fn locked() -> Availability {
        Availability::LockedUntil(Timestamp { unix_ms: 0, iso: String::new(), text: String::new() })
    }

    /// A ticket on sale, as a reader without an account sees it.
    fn shown() -> TicketView {
        let starts =
            EventTime { text: String::new(), iso: String::new(), local: String::new(), time_zone: String::new() };
        TicketView {
            card: TicketCard {
                id: ID.parse().expect("an id"),
                title: String::new(),
                category: Category::Other,
                venue: String::new(),
                city: String::new(),
                starts,
                place: String::new(),
                price: Money::usd(4950),
                availability: Availability::OnSale,
                as_of_us: 5,
            },
            section: String::new(),
            row: String::new(),
            seat: String::new(),
            version: 1,
            is_mine: false,
            my_order: None,
            waitlist: Waitlist::default(),
        }
    }

    fn update_of(view: &TicketView) -> TicketUpdate {
        TicketUpdate {
            id: view.card.id,
            as_of_us: view.card.as_of_us,
            version: view.version,
            availability: view.card.availability.clone(),
            waitlist_length: view.waitlist.length,
        }
    }

    #[test]
    fn reader_action_depends_on_reader_and_availability() {
        let order: OrderId = ID.parse().expect("an id");
        let action = |availability: Availability, change: fn(&mut TicketView)| {
            let mut view = shown();
            view.card.availability = availability;
            change(&mut view);
            ReaderAction::of(&view)
        };
        assert_eq!(action(Availability::OnSale, |_| ()), ReaderAction::Buy);
        assert_eq!(action(locked(), |_| ()), ReaderAction::Wait { is_waiting: false });
        assert_eq!(
            action(locked(), |view| view.waitlist.my_position = Some(2)),
            ReaderAction::Wait { is_waiting: true }
        );
        assert_eq!(action(locked(), |view| view.waitlist.is_offered_to_me = true), ReaderAction::Buy);
        for over in [Availability::Sold, Availability::Withdrawn, Availability::Started] {
            assert_eq!(action(over, |_| ()), ReaderAction::FindAnother);
        }
        assert_eq!(action(locked(), |view| view.is_mine = true), ReaderAction::Manage(locked()));
        let bought = |view: &mut TicketView| view.my_order = ID.parse().ok();
        assert_eq!(action(locked(), bought), ReaderAction::OpenOrder { order, is_bought: false });
        assert_eq!(action(Availability::Sold, bought), ReaderAction::OpenOrder { order, is_bought: true });
    }

    #[test]
    fn page_refetches_only_what_the_update_lacks() {
        let view = shown();
        assert_eq!(Reaction::to(&view, &update_of(&view)), Reaction::Ignore);
        let lock = TicketUpdate { availability: locked(), ..update_of(&view) };
        assert_eq!(Reaction::to(&view, &lock), Reaction::Apply);
        assert_eq!(Reaction::to(&view, &TicketUpdate { waitlist_length: 1, ..lock.clone() }), Reaction::Apply);
        let edit = TicketUpdate { version: 2, ..lock.clone() };
        assert_eq!(Reaction::to(&view, &edit), Reaction::Reload);
        for old in [&lock, &edit] {
            assert_eq!(Reaction::to(&view, &TicketUpdate { as_of_us: 4, ..old.clone() }), Reaction::Ignore);
        }

        let waiting =
            TicketView { waitlist: Waitlist { length: 3, my_position: Some(3), is_offered_to_me: false }, ..shown() };
        assert_eq!(
            Reaction::to(&waiting, &TicketUpdate { waitlist_length: 2, ..update_of(&waiting) }),
            Reaction::Refetch
        );
        let holding = TicketView { my_order: ID.parse().ok(), ..shown() };
        assert_eq!(Reaction::to(&holding, &lock), Reaction::Refetch);
    }
}
