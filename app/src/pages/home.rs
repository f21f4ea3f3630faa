//! `/`: the tickets on sale.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    TicketId,
    live::TicketUpdate,
    tickets::{Availability, TicketCard, TicketPage},
};

use super::in_query;
use crate::{
    api::{BrowseTickets, get},
    browser::{effect, subscribe},
    components::{MoreLink, PageData, TicketCardView, async_page},
    paths::with_query,
};

/// Tickets on sale, soonest event first.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let after = in_query("after");
    let is_account_deleted = in_query("done").get_untracked().as_deref() == Some("account");
    let tickets = PageData::new(move || after.get(), |after| get(BrowseTickets { after }));
    async_page(tickets, move |page| {
        let is_later_page = after.get_untracked().is_some();
        view! {
            <Title text="Tickets on sale"/>
            {is_account_deleted
                .then(|| view! { <p class="notice" role="status">"Your account is deleted and your tickets are no longer on sale. Thank you for using GitTix."</p> }.into_any())}
            <section class="hero">
                <h1>"Tickets on sale"</h1>
                <p class="lead">"From people who cannot go, to people who can. The ticket you choose is reserved for you while you pay."</p>
            </section>
            {ticket_list(page, is_later_page)}
        }
        .into_any()
    })
}

fn ticket_list(TicketPage { tickets, next }: TicketPage, is_later_page: bool) -> AnyView {
    let next = next.map(|cursor| with_query("/", "after", &cursor));
    let is_empty = tickets.is_empty();
    let rows: Vec<_> = tickets.into_iter().map(|card| (TicketRow::new(&card), card)).collect();
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
            })}
        <ul class="tickets">
            {rows
                .into_iter()
                .map(|(row, card)| view! { <TicketCardView card availability=row.availability/> })
                .collect_view()}
        </ul>
        <MoreLink address=next label="More tickets"/>
    }
    .into_any()
}

/// The state of one ticket in the list.
#[derive(Clone, Copy)]
struct TicketRow {
    id: TicketId,
    as_of_us: StoredValue<i64>,
    availability: RwSignal<Availability>,
}

impl TicketRow {
    fn new(card: &TicketCard) -> Self {
        let (as_of_us, availability) = (StoredValue::new(card.as_of_us), RwSignal::new(card.availability.clone()));
        Self { id: card.id, as_of_us, availability }
    }

    fn apply(self, update: TicketUpdate) {
        if update.as_of_us < self.as_of_us.get_value() {
            return;
        }
        self.as_of_us.set_value(update.as_of_us);
        if self.availability.with_untracked(|shown| *shown != update.availability) {
            self.availability.set(update.availability);
        }
    }
}

/// Keeps the rows up to date. A ticket that another user locks stays in its place and shows the lock, so
/// that the list does not move while the reader is about to click.
fn subscribe_to_updates(rows: Vec<TicketRow>) {
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
