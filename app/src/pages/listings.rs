//! `/listings`: what the user sells.

use domain::{
    TicketId,
    tickets::{TicketCard, TicketPage},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    api::{MyListings, WithdrawTicket, get},
    components::{Call, CallForm, FormProblem, MoreLink, Submit, TicketCardView, loaded},
    paths::with_query,
};

/// What the user has listed, newest first.
#[component]
pub(crate) fn ListingsPage() -> impl IntoView {
    let after = in_query("after");
    let withdraw = Call::to::<WithdrawTicket>();
    let listings = Resource::new_blocking(
        // A refusal means that a ticket is no longer what the list shows.
        move || (after.get().and_then(|id| id.parse::<TicketId>().ok()), withdraw.refusals().get()),
        |(after, _)| get(MyListings { after }),
    );
    loaded(listings, move |page| {
        view! {
            <Title text="My listings"/>
            <div class="page-head">
                <h1>"My listings"</h1>
                // An empty shelf has its own way to the form.
                {(!page.tickets.is_empty()).then(|| view! { <a class="btn btn-primary" href="/tickets/new">"List a ticket"</a> })}
            </div>
            <FormProblem failure=withdraw.failure()/>
            {shelf(page, withdraw)}
            <p class="back"><a href="/balance">"Balance"</a></p>
        }
        .into_any()
    })
}

fn shelf(TicketPage { tickets, next }: TicketPage, withdraw: Call) -> AnyView {
    if tickets.is_empty() {
        return view! {
            <section class="empty">
                <h2>"You have not listed a ticket yet"</h2>
                <p>"It takes a minute. You name the price, and nobody pays anything else."</p>
                <p class="actions"><a class="btn btn-primary" href="/tickets/new">"List your first"</a></p>
            </section>
        }
        .into_any();
    }
    let next = next.map(|cursor| with_query("/listings", "after", &cursor));
    view! {
        <ul class="tickets">
            {tickets
                .into_iter()
                .map(|card| {
                    let actions = actions(&card, withdraw);
                    view! { <TicketCardView card actions/> }
                })
                .collect_view()}
        </ul>
        <MoreLink address=next words="Older listings"/>
    }
    .into_any()
}

/// What the seller can still do with a listing, or see of it.
fn actions(card: &TicketCard, withdraw: Call) -> AnyView {
    let id = card.id.to_string();
    if card.availability.has_buyer() {
        return view! {
            <div class="ticket-actions">
                <a class="btn btn-sm" href=format!("/tickets/{id}/sale")>"See what happened"</a>
            </div>
        }
        .into_any();
    }
    if !card.availability.is_editable() {
        return ().into_any();
    }
    view! {
        <div class="ticket-actions">
            <a class="btn btn-sm" href=format!("/tickets/{id}/edit")>"Edit listing"</a>
            <CallForm call=withdraw>
                <input type="hidden" name="ticket" value=id/>
                <Submit label="Withdraw" busy=withdraw.is_busy() class="btn btn-sm btn-quiet"/>
            </CallForm>
        </div>
    }
    .into_any()
}
