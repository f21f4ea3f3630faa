//! The listing that the open page shows, kept up to date.

use leptos::{prelude::*, task::spawn_local};
use model::{
    ListingId, Money,
    live::ListingUpdate,
    tickets::{Availability, ListingView, TicketStatus, TicketView},
};

use super::reader_action::ReaderAction;
use crate::{
    api::{ShowTicket, get},
    browser::subscribe,
};

/// The listing, kept up to date while the page is visible.
#[derive(Clone, Copy)]
pub(super) struct ReactiveListing {
    view: RwSignal<ListingView>,
    /// Counts the edits of the listing while the page is open. Each loads the page's data again.
    edits: RwSignal<u32>,
    is_signed_in: bool,
}

impl ReactiveListing {
    pub(super) fn new(view: ListingView, edits: RwSignal<u32>, is_signed_in: bool) -> Self {
        Self { view: RwSignal::new(view), edits, is_signed_in }
    }

    pub(super) fn id(self) -> ListingId {
        self.view.with_untracked(|view| view.card.id)
    }

    /// The version that the page shows. An edit loads the page's data again, so it stays the same.
    pub(super) fn version(self) -> i32 {
        self.view.with_untracked(|view| view.version)
    }

    /// The price of one ticket. It changes with the version only.
    pub(super) fn price(self) -> Money {
        self.view.with_untracked(|view| view.card.price)
    }

    /// The tickets. Only their status changes while the version stays the same.
    pub(super) fn tickets(self) -> Vec<TicketView> {
        self.view.with_untracked(|view| view.tickets.clone())
    }

    /// A value of the listing, for closures that follow it.
    pub(super) fn with<T>(self, read: impl FnOnce(&ListingView) -> T) -> T {
        self.view.with(read)
    }

    /// The same for code that runs once.
    pub(super) fn with_untracked<T>(self, read: impl FnOnce(&ListingView) -> T) -> T {
        self.view.with_untracked(read)
    }

    /// Whether tickets can be bought.
    pub(super) fn availability(self) -> Signal<Availability> {
        Memo::new(move |_| self.with(|view| view.card.availability.clone())).into()
    }

    /// The numbers of tickets that one order may take.
    pub(super) fn choices(self) -> Memo<Vec<usize>> {
        Memo::new(move |_| self.with(|view| view.choices.clone()))
    }

    /// The length of the waitlist.
    pub(super) fn waiting(self) -> Signal<i64> {
        Memo::new(move |_| self.with(|view| view.waitlist.length)).into()
    }

    /// The reader's position on the waitlist, from 1. Zero if they are not on it.
    pub(super) fn position(self) -> Signal<i64> {
        Memo::new(move |_| self.with(|view| view.waitlist.my_position.unwrap_or_default())).into()
    }

    /// What the reader can do.
    pub(super) fn action(self) -> Memo<ReaderAction> {
        Memo::new(move |_| self.with(ReaderAction::of))
    }

    /// Keeps the listing up to date. Called in the browser, from an effect.
    pub(super) fn subscribe(self) {
        subscribe(&[self.id()], move |update| self.apply(update));
    }

    fn apply(self, update: ListingUpdate) {
        match self.view.with_untracked(|view| Reaction::to(view, &update, self.is_signed_in)) {
            Reaction::Ignore => {}
            Reaction::Apply => self.view.update(|view| apply(view, update)),
            Reaction::Refetch => spawn_local(self.refetch()),
            Reaction::Reload => self.edits.update(|count| *count += 1),
        }
    }

    async fn refetch(self) {
        // A failed request shows no error: the next update follows.
        let Ok(listing) = get(ShowTicket { ticket: self.id() }).await else { return };
        let is_newer = |shown: &ListingView| listing.card.as_of_us >= shown.card.as_of_us;
        let is_edited = |shown: &ListingView| listing.version != shown.version;
        // The page may have been left meanwhile.
        match self.view.try_with_untracked(|shown| (is_newer(shown), is_edited(shown))) {
            Some((true, true)) => self.edits.update(|count| *count += 1),
            Some((true, false)) => self.view.set(listing),
            Some((false, _)) | None => {}
        }
    }
}

/// Changes `view` to what `update` says. An update does not say which of several tickets have changed.
fn apply(view: &mut ListingView, update: ListingUpdate) {
    if let [ticket] = &mut view.tickets[..] {
        ticket.status = match update.availability {
            Availability::OnSale => TicketStatus::OnSale,
            Availability::LockedUntil(_) => TicketStatus::Locked,
            Availability::Sold => TicketStatus::Sold,
            Availability::Withdrawn => TicketStatus::Withdrawn,
            Availability::Started => TicketStatus::Started,
            Availability::EventCancelled => TicketStatus::EventCancelled,
        };
        ticket.withdrawal = None;
        view.choices = (1..=update.free).collect();
    }
    view.card.as_of_us = update.as_of_us;
    view.card.availability = update.availability;
    view.card.free = update.free;
    view.waitlist.length = update.waitlist_length;
}

/// How the tickets stand, as an update says it.
fn letters(view: &ListingView) -> String {
    TicketStatus::letters(view.tickets.iter().map(|ticket| ticket.status))
}

/// How the page reacts to an update.
#[derive(Debug, PartialEq, Eq)]
enum Reaction {
    /// The page shows this state or a newer one.
    Ignore,
    /// The update has everything that the page needs.
    Apply,
    /// The update lacks something: which of several tickets have changed, or the reader's own order or position.
    /// The page loads the listing again.
    Refetch,
    /// The listing was edited. The page loads all its data again.
    Reload,
}

impl Reaction {
    /// What is locked now may be locked for the reader, in another tab.
    fn to(shown: &ListingView, update: &ListingUpdate, is_signed_in: bool) -> Self {
        let is_locked_now = shown.card.availability == Availability::OnSale && update.availability.has_buyer();
        let concerns_reader = shown.my_order.is_some()
            || shown.waitlist.my_position.is_some()
            || (is_signed_in && is_locked_now)
            // The update does not say whether its seller can undo a withdrawal, nor for how long buyers can hold it.
            || shown.is_mine;
        let has_same_tickets = letters(shown) == update.tickets;
        let has_several = shown.tickets.len() > 1;
        if update.as_of_us < shown.card.as_of_us {
            Self::Ignore
        } else if shown.version != update.version {
            Self::Reload
        } else if has_same_tickets
            && shown.card.availability == update.availability
            && shown.waitlist.length == update.waitlist_length
        {
            Self::Ignore
        } else if concerns_reader || (has_several && !has_same_tickets) {
            Self::Refetch
        } else {
            Self::Apply
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use model::{
        EventTime, Timestamp,
        tickets::{Category, ListingCard, SplitRule},
        waitlist::Waitlist,
    };

    use super::*;

    pub(in super::super) const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    pub(in super::super) fn locked() -> Availability {
        Availability::LockedUntil(Timestamp { unix_ms: 0, iso: String::new(), text: String::new() })
    }

    /// A listing of `tickets` tickets on sale, as a reader without an account sees it.
    pub(in super::super) fn shown(tickets: usize) -> ListingView {
        let starts =
            EventTime { text: String::new(), iso: String::new(), local: String::new(), time_zone: String::new() };
        let ticket = TicketView {
            id: ID.parse().expect("an id"),
            seat: String::new(),
            status: TicketStatus::OnSale,
            withdrawal: None,
        };
        ListingView {
            card: ListingCard {
                id: ID.parse().expect("an id"),
                title: String::new(),
                category: Category::Other,
                venue: String::new(),
                city: String::new(),
                starts,
                place: String::new(),
                price: Money::usd(4950),
                availability: Availability::OnSale,
                free: tickets,
                listed: tickets,
                delivery: None,
                as_of_us: 5,
            },
            event: String::new(),
            section: String::new(),
            row: String::new(),
            tickets: vec![ticket; tickets],
            split: SplitRule::Any,
            face_value: None,
            beside_face_value: None,
            fee: model::money::Fee::default(),
            price_history: vec![],
            falling: vec![],
            fall: vec![],
            seller: vec![],
            place_rule: vec![],
            choices: (1..=tickets).collect(),
            version: 1,
            is_mine: false,
            my_order: None,
            waitlist: Waitlist::default(),
            held_at_most_until: None,
        }
    }

    fn update_of(view: &ListingView) -> ListingUpdate {
        ListingUpdate {
            id: view.card.id,
            as_of_us: view.card.as_of_us,
            version: view.version,
            price: Some(view.card.price),
            availability: view.card.availability.clone(),
            free: view.card.free,
            together: String::new(),
            tickets: letters(view),
            waitlist_length: view.waitlist.length,
        }
    }

    /// The reaction of a page whose reader is not signed in.
    fn reaction(shown: &ListingView, update: &ListingUpdate) -> Reaction {
        Reaction::to(shown, update, false)
    }

    #[test]
    fn signed_in_reader_may_have_locked_it_in_another_tab() {
        let view = shown(1);
        let lock = ListingUpdate { availability: locked(), free: 0, tickets: "l".to_owned(), ..update_of(&view) };
        assert_eq!(Reaction::to(&view, &lock, true), Reaction::Refetch);
        let own = ListingView { is_mine: true, ..shown(1) };
        assert_eq!(Reaction::to(&own, &lock, true), Reaction::Refetch, "its seller reads for how long it can be held");
        let mut taken = shown(1);
        taken.card.availability = locked();
        taken.tickets[0].status = TicketStatus::Locked;
        assert_eq!(Reaction::to(&taken, &ListingUpdate { waitlist_length: 1, ..lock }, true), Reaction::Apply);
    }

    #[test]
    fn page_refetches_only_what_the_update_lacks() {
        let view = shown(1);
        assert_eq!(reaction(&view, &update_of(&view)), Reaction::Ignore);
        let lock = ListingUpdate { availability: locked(), free: 0, tickets: "l".to_owned(), ..update_of(&view) };
        assert_eq!(reaction(&view, &lock), Reaction::Apply);
        assert_eq!(reaction(&view, &ListingUpdate { waitlist_length: 1, ..lock.clone() }), Reaction::Apply);
        let edit = ListingUpdate { version: 2, ..lock.clone() };
        assert_eq!(reaction(&view, &edit), Reaction::Reload);
        for old in [&lock, &edit] {
            assert_eq!(reaction(&view, &ListingUpdate { as_of_us: 4, ..old.clone() }), Reaction::Ignore);
        }

        let waiting =
            ListingView { waitlist: Waitlist { length: 3, is_closed: false, my_position: Some(3) }, ..shown(1) };
        assert_eq!(reaction(&waiting, &ListingUpdate { waitlist_length: 2, ..update_of(&waiting) }), Reaction::Refetch);
        let holding = ListingView { my_order: ID.parse().ok(), ..shown(1) };
        assert_eq!(reaction(&holding, &lock), Reaction::Refetch);
    }

    #[test]
    fn page_refetches_when_some_of_several_tickets_change() {
        let view = shown(4);
        assert_eq!(reaction(&view, &update_of(&view)), Reaction::Ignore);
        let lock = ListingUpdate { free: 2, tickets: "lloo".to_owned(), ..update_of(&view) };
        assert_eq!(reaction(&view, &lock), Reaction::Refetch);
        // As many as before, and others: one was given back, and another one locked.
        let mut locked = shown(4);
        locked.tickets[0].status = TicketStatus::Locked;
        let other = ListingUpdate { tickets: "oloo".to_owned(), ..update_of(&locked) };
        assert_eq!(reaction(&locked, &other), Reaction::Refetch);
        assert_eq!(reaction(&view, &ListingUpdate { waitlist_length: 1, ..update_of(&view) }), Reaction::Apply);
        assert_eq!(reaction(&view, &ListingUpdate { version: 2, ..lock }), Reaction::Reload);
    }

    #[test]
    fn applied_update_changes_the_only_ticket() {
        let mut view = shown(1);
        let lock =
            ListingUpdate { as_of_us: 6, availability: locked(), free: 0, waitlist_length: 2, ..update_of(&view) };
        apply(&mut view, lock);
        assert_eq!(view.tickets[0].status, TicketStatus::Locked);
        assert_eq!((view.choices.len(), view.card.free, view.waitlist.length, view.card.as_of_us), (0, 0, 2, 6));
        let release = ListingUpdate { as_of_us: 7, availability: Availability::OnSale, free: 1, ..update_of(&view) };
        apply(&mut view, release);
        assert_eq!((view.tickets[0].status, &view.choices[..]), (TicketStatus::OnSale, &[1][..]));
    }

    #[test]
    fn applied_update_leaves_several_tickets() {
        let mut view = shown(3);
        let joined = ListingUpdate { as_of_us: 6, waitlist_length: 2, ..update_of(&view) };
        apply(&mut view, joined);
        assert_eq!((view.choices.len(), view.waitlist.length), (3, 2));
        assert!(view.tickets.iter().all(|ticket| ticket.status == TicketStatus::OnSale));
    }
}
