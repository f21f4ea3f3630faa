//! `/`: the tickets on sale.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    ListingId,
    live::ListingUpdate,
    tickets::{ListingCard, ListingPage},
};

use super::in_query;
use crate::{
    api::{BrowseTickets, get},
    browser::{effect, subscribe},
    components::{ListingCardView, LiveCard, MoreLink, PageData, async_page},
    paths::with_query,
};

/// Tickets on sale, soonest event first.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let after = in_query("after");
    let is_account_deleted = in_query("done").get_untracked().as_deref() == Some("account");
    let listings = PageData::new(move || after.get(), |after| get(BrowseTickets { after }));
    async_page(listings, move |page| {
        let is_later_page = after.get_untracked().is_some();
        view! {
            <Title text="Tickets on sale"/>
            {is_account_deleted
                .then(|| view! { <p class="notice" role="status">"Your account is deleted and your tickets are no longer on sale. Thank you for using GitTix."</p> }.into_any())}
            <section class="hero">
                <h1>"Tickets on sale"</h1>
                <p class="lead">"From people who cannot go, to people who can. The ticket you choose is reserved for you while you pay."</p>
            </section>
            {listing_list(page, is_later_page)}
        }
        .into_any()
    })
}

fn listing_list(ListingPage { listings, next }: ListingPage, is_later_page: bool) -> AnyView {
    let next = next.map(|cursor| with_query("/", "after", &cursor));
    let is_empty = listings.is_empty();
    let rows: Vec<_> = listings.into_iter().map(|card| (ListingRow::new(&card), card)).collect();
    subscribe_to_updates(rows.iter().map(|(row, _)| *row).collect());
    view! {
        {is_later_page.then(|| view! { <p class="back"><a href="/">"First page"</a></p> }.into_any())}
        {is_empty
            .then(|| {
                view! {
                    <section class="empty">
                        <h2>{if is_later_page { "No more tickets" } else { "Nothing on sale right now" }}</h2>
                        <p>"Have a ticket you cannot use? Sell it to someone who can."</p>
                        <p class="actions"><a class="btn btn-primary" href="/tickets/new">"Sell your ticket"</a></p>
                    </section>
                }
                .into_any()
            })}
        <ul class="tickets">
            {rows
                .into_iter()
                .map(|(row, card)| view! { <ListingCardView card live=row.live/> }.into_any())
                .collect_view()}
        </ul>
        <MoreLink address=next label="More tickets"/>
    }
    .into_any()
}

/// The state of one listing in the list.
#[derive(Clone, Copy)]
struct ListingRow {
    id: ListingId,
    as_of_us: StoredValue<i64>,
    live: LiveCard,
}

impl ListingRow {
    fn new(card: &ListingCard) -> Self {
        Self { id: card.id, as_of_us: StoredValue::new(card.as_of_us), live: LiveCard::new(card) }
    }

    fn apply(self, update: ListingUpdate) {
        if update.as_of_us < self.as_of_us.get_value() {
            return;
        }
        self.as_of_us.set_value(update.as_of_us);
        let LiveCard { availability, free } = self.live;
        if availability.with_untracked(|shown| *shown != update.availability) {
            availability.set(update.availability);
        }
        if free.get_untracked() != update.free {
            free.set(update.free);
        }
    }
}

/// Keeps the rows up to date. A listing that another user locks stays in its place and shows the lock, so
/// that the list does not move while the reader is about to click.
fn subscribe_to_updates(rows: Vec<ListingRow>) {
    if rows.is_empty() {
        return;
    }
    effect(move || {
        let rows = rows.clone();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        subscribe(&ids, move |update| {
            if let Some(row) = rows.iter().find(|row| row.id == update.id) {
                row.apply(update);
            }
        });
    });
}
