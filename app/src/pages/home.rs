//! `/`: what is on sale.

use domain::{
    TicketId,
    live::TicketNews,
    tickets::{Availability, TicketCard, TicketPage},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    api::{BrowseTickets, get},
    browser::follow,
    components::{MoreLink, TicketCardView, loaded},
    lazy::prefetch_ticket_page,
    paths::with_query,
};

/// Tickets on sale, soonest event first.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let after = in_query("after");
    let is_account_deleted = in_query("done").get_untracked().as_deref() == Some("account");
    let tickets = Resource::new_blocking(move || after.get(), |after| get(BrowseTickets { after }));
    prefetch_ticket_page();
    loaded(tickets, move |page| {
        let is_later_page = after.get_untracked().is_some();
        view! {
            <Title text="Tickets on sale"/>
            {is_account_deleted
                .then(|| view! { <p class="notice" role="status">"Your account is deleted, and your tickets are off sale. Thank you for having been here."</p> })}
            <section class="hero">
                <h1>"Tickets on sale"</h1>
                <p class="lead">"From people who cannot go, to people who can. Choose one and it is locked for you while you pay."</p>
            </section>
            {shelf(page, is_later_page)}
        }
        .into_any()
    })
}

fn shelf(TicketPage { tickets, next }: TicketPage, is_later_page: bool) -> AnyView {
    let next = next.map(|cursor| with_query("/", "after", &cursor));
    let is_empty = tickets.is_empty();
    let cards: Vec<_> = tickets.into_iter().map(|card| (Shown::new(&card), card)).collect();
    keep_up(cards.iter().map(|(shown, _)| *shown).collect());
    view! {
        {is_later_page.then(|| view! { <p class="back"><a href="/">"Back to the soonest"</a></p> })}
        {is_empty
            .then(|| {
                view! {
                    <section class="empty">
                        <h2>{if is_later_page { "That was the last of them" } else { "Nothing on sale right now" }}</h2>
                        <p>"Have a ticket that you cannot use? Somebody else can."</p>
                        <p class="actions"><a class="btn btn-primary" href="/tickets/new">"List it here"</a></p>
                    </section>
                }
            })}
        <ul class="tickets">
            {cards
                .into_iter()
                .map(|(shown, card)| view! { <TicketCardView card availability=shown.availability/> })
                .collect_view()}
        </ul>
        <MoreLink address=next words="More tickets"/>
    }
    .into_any()
}

/// A ticket of the list, as its reader knows it.
#[derive(Clone, Copy)]
struct Shown {
    id: TicketId,
    as_of_us: StoredValue<i64>,
    availability: RwSignal<Availability>,
}

impl Shown {
    fn new(card: &TicketCard) -> Self {
        let (as_of_us, availability) = (StoredValue::new(card.as_of_us), RwSignal::new(card.availability.clone()));
        Self { id: card.id, as_of_us, availability }
    }

    fn hear(self, news: TicketNews) {
        if news.as_of_us < self.as_of_us.get_value() {
            return;
        }
        self.as_of_us.set_value(news.as_of_us);
        if self.availability.with_untracked(|known| *known != news.availability) {
            self.availability.set(news.availability);
        }
    }
}

/// A ticket that somebody locks stays where it is and says so: what a reader is about to choose does not
/// move from under their finger.
fn keep_up(shown: Vec<Shown>) {
    if shown.is_empty() {
        return;
    }
    Effect::new(move || {
        let shown = shown.clone();
        let ids: Vec<_> = shown.iter().map(|shown| shown.id).collect();
        follow(&ids, move |news| {
            if let Some(shown) = shown.iter().find(|shown| shown.id == news.id) {
                shown.hear(news);
            }
        });
    });
}
