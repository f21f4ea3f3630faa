//! What a reader can send from the page of a listing.

use leptos::prelude::*;
use model::{Code, ListingId, Money, tickets::ListingView};

use super::buy::Chosen;
use crate::{
    api::{CloseWaitlist, JoinWaitlist, LeaveWaitlist, LockTicket, RestoreTicket, WatchListing, WithdrawTicket},
    components::FormAction,
};

/// The forms of the page, and what outlives its content, which is made again whenever the data is loaded.
#[derive(Clone, Copy)]
pub(super) struct Actions {
    pub(super) lock: FormAction,
    pub(super) withdraw: FormAction,
    pub(super) restore: FormAction,
    pub(super) join: FormAction,
    pub(super) leave: FormAction,
    pub(super) close: FormAction,
    pub(super) watch: FormAction,
    /// What the reader has chosen to buy.
    pub(super) chosen: RwSignal<Chosen>,
    /// For how many tickets the reader wants to wait.
    pub(super) wanted: RwSignal<Option<usize>>,
    /// Counts the edits of the listing while the page is open.
    pub(super) edits: RwSignal<u32>,
    /// The listing that the page showed last, with its version and price.
    shown: StoredValue<Option<(ListingId, i32, Money)>>,
    /// What the seller has changed since the reader opened the page.
    pub(super) change: RwSignal<Option<String>>,
}

impl Actions {
    pub(super) fn new() -> Self {
        Self {
            lock: FormAction::new::<LockTicket>(),
            withdraw: FormAction::new::<WithdrawTicket>(),
            restore: FormAction::new::<RestoreTicket>(),
            join: FormAction::new::<JoinWaitlist>(),
            leave: FormAction::new::<LeaveWaitlist>(),
            close: FormAction::new::<CloseWaitlist>(),
            watch: FormAction::new::<WatchListing>(),
            chosen: RwSignal::default(),
            wanted: RwSignal::new(None),
            edits: RwSignal::new(0),
            shown: StoredValue::new(None),
            change: RwSignal::new(None),
        }
    }

    pub(super) fn forms(&self) -> [FormAction; 7] {
        [self.lock, self.withdraw, self.restore, self.join, self.leave, self.close, self.watch]
    }

    /// Counts edits and refusals. A refusal means that the page is out of date.
    pub(super) fn changes(&self) -> u32 {
        self.forms().iter().map(|form| form.refusals().get()).sum::<u32>() + self.edits.get()
    }

    /// Notes what differs between `listing`, which the page is about to show, and what it showed before.
    pub(super) fn note_change(&self, listing: &ListingView) {
        let shows = (listing.card.id, listing.version, listing.card.price);
        let before = self.shown.try_update_value(|shown| shown.replace(shows)).flatten();
        let Some((id, version, price)) = before.filter(|before| *before != shows) else { return };
        // A refused purchase says it already.
        let is_said = self.lock.failure().with_untracked(|failure| {
            failure.as_ref().is_some_and(|error| matches!(error.code(), Code::PriceChanged | Code::ListingChanged))
        });
        let is_news = id == listing.card.id && version != listing.version && !listing.is_mine && !is_said;
        self.change.set(is_news.then(|| change(price, listing.card.price)));
    }
}

fn change(seen: Money, now: Money) -> String {
    if seen == now {
        "The seller changed this listing. Check it before you buy.".to_owned()
    } else {
        format!("The seller changed the price from {seen} to {now}.")
    }
}
