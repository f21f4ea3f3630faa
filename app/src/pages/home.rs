//! `/`: search, what is on soon, what sells fast, price drops, and what was just listed.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    ListingId, Money,
    events::{FoundEvent, HomeView, PriceDrop},
    live::ListingUpdate,
    tickets::{Category, ListingCard},
};

use super::in_query;
use crate::{
    api::{ShowHome, get},
    browser::{effect, subscribe},
    components::{ListingCardView, LiveCard, MoreLink, PageData, async_page, event_rows, search_form},
    paths::with_query,
};

/// The search field first, then events and listings, no event twice.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let is_account_deleted = in_query("done").get_untracked().as_deref() == Some("account");
    let home = PageData::new(|| (), |()| get(ShowHome {}));
    async_page(home, move |HomeView { near, soon, fast, drops, newest }| {
        #[cfg(feature = "ssr")]
        crate::head::describe_site("Tickets on sale", "/");
        let categories = Category::ALL.iter().map(|category| {
            let address = with_query("/search", "category", category.code());
            view! { <li><a class="choice-link" href=address>{category.label()}</a></li> }.into_any()
        });
        view! {
            <Title text="Tickets on sale"/>
            {is_account_deleted
                .then(|| view! { <p class="notice" role="status">"Your account is deleted and your tickets are no longer on sale. Thank you for using GitTix."</p> }.into_any())}
            <section class="hero">
                <h1>"Tickets on sale"</h1>
                <p class="lead">"From people who cannot go, to people who can. The ticket you choose is reserved for you while you pay."</p>
            </section>
            {search_form(String::new(), None)}
            <nav class="choices" aria-label="Categories">
                <ul class="choice-group" role="list">{categories.collect_view()}</ul>
            </nav>
            {if soon.is_empty() && newest.is_empty() { nothing_on_sale() } else { sections(near, soon, fast, drops, newest) }}
        }
        .into_any()
    })
}

fn nothing_on_sale() -> AnyView {
    view! {
        <section class="empty">
            <h2>"Nothing on sale right now"</h2>
            <p>"Have a ticket you cannot use? Sell it to someone who can."</p>
            <p class="actions"><a class="btn btn-primary" href="/tickets/new">"Sell your ticket"</a></p>
        </section>
    }
    .into_any()
}

fn sections(
    near: Option<String>,
    soon: Vec<FoundEvent>,
    fast: Vec<FoundEvent>,
    drops: Vec<PriceDrop>,
    newest: Vec<ListingCard>,
) -> AnyView {
    let fast = (!fast.is_empty())
        .then(|| view! { <section class="home-section"><h2>"Going fast"</h2> {event_rows(fast)}</section> }.into_any());
    let drops: Vec<_> = drops.into_iter().map(|PriceDrop { card, was }| LiveListing::new(card, Some(was))).collect();
    let newest: Vec<_> = newest.into_iter().map(|card| LiveListing::new(card, None)).collect();
    subscribe_to_updates(drops.iter().chain(&newest).map(|listing| listing.row).collect());
    let anywhere =
        near.is_some().then(|| view! { <p class="back"><a href="/search">"Events in all cities"</a></p> }.into_any());
    let (heading, more) = match near {
        Some(city) => {
            let address = with_query("/search", "city", &city);
            (view! { "Soon in " <bdi>{city}</bdi> }.into_any(), address)
        }
        None => ("Soon".into_any(), "/search".to_owned()),
    };
    view! {
        <section class="home-section">
            <h2>{heading}</h2>
            {event_rows(soon)}
            <MoreLink address=Some(more) label="More events"/>
            {anywhere}
        </section>
        {fast}
        {listings("Price drops", drops)}
        {listings("Just listed", newest)}
    }
    .into_any()
}

/// A listing, and what changes of it.
struct LiveListing {
    card: ListingCard,
    row: ListingRow,
    /// The price before, if it was just lowered.
    was: Option<Money>,
}

impl LiveListing {
    fn new(card: ListingCard, was: Option<Money>) -> Self {
        Self { row: ListingRow::new(&card), card, was }
    }
}

/// A section of listings; nothing if there are none.
fn listings(heading: &'static str, listings: Vec<LiveListing>) -> Option<AnyView> {
    if listings.is_empty() {
        return None;
    }
    let card = |LiveListing { card, row, was }: LiveListing| {
        let was = was.map(|was| view! { <p class="small">"was " {was.to_string()}</p> }.into_any());
        view! { <ListingCardView card live=row.live beside_price=was.into_any()/> }.into_any()
    };
    Some(
        view! {
            <section class="home-section">
                <h2>{heading}</h2>
                <ul class="tickets" role="list">{listings.into_iter().map(card).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
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
