//! `/listings`: the user's own listings.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    ListingId,
    tickets::{Availability, ListingCard, ListingPage},
};

use super::in_query;
use crate::{
    api::{MyListings, RestoreTicket, WithdrawTicket, get},
    components::{
        FormAction, FormError, ListingCardView, MoreLink, PageData, ServerForm, SubmitButton, async_page, hidden,
    },
    paths::with_query,
};

/// The user's listings, newest first.
#[component]
pub(crate) fn ListingsPage() -> impl IntoView {
    let after = in_query("after");
    let withdraw = FormAction::new::<WithdrawTicket>();
    // Its form is above the page, and its error comes back to this page.
    let restore = FormAction::new::<RestoreTicket>();
    let listings = PageData::new(
        // A refusal means that the list is out of date, so it is loaded again.
        move || (after.get().and_then(|id| id.parse::<ListingId>().ok()), withdraw.refusals().get()),
        |(after, _)| get(MyListings { after }),
    );
    async_page(listings, move |page| {
        view! {
            <Title text="My listings"/>
            <div class="page-head">
                <h1>"My listings"</h1>
                // An empty list has its own link to the form.
                {(!page.listings.is_empty()).then(|| view! { <a class="btn btn-primary" href="/tickets/new">"Sell another ticket"</a> }.into_any())}
            </div>
            <FormError failure=withdraw.failure()/>
            <FormError failure=restore.failure()/>
            {listing_list(page, withdraw)}
            <p class="back"><a href="/balance">"Balance"</a></p>
        }
        .into_any()
    })
}

fn listing_list(ListingPage { listings, next }: ListingPage, withdraw: FormAction) -> AnyView {
    if listings.is_empty() {
        return view! {
            <section class="empty">
                <h2>"You have not listed a ticket yet"</h2>
                <p>"It takes a minute. You set the price, and the buyer pays exactly that."</p>
                <p class="actions"><a class="btn btn-primary" href="/tickets/new">"Sell your first ticket"</a></p>
            </section>
        }
        .into_any();
    }
    let next = next.map(|cursor| with_query("/listings", "after", &cursor));
    view! {
        <ul class="tickets" role="list">
            {listings
                .into_iter()
                .map(|card| {
                    let actions = actions(&card, withdraw);
                    view! { <ListingCardView card actions/> }.into_any()
                })
                .collect_view()}
        </ul>
        <MoreLink address=next label="Older listings"/>
    }
    .into_any()
}

/// The buttons and links that a listing has in its state. Where an order holds or has bought a part of it, its own page
/// says what is left to do.
fn actions(card: &ListingCard, withdraw: FormAction) -> AnyView {
    let id = card.id.to_string();
    let is_in_part = card.availability == Availability::OnSale && card.free < card.listed;
    if card.availability.has_buyer() || is_in_part {
        return view! {
            <div class="ticket-actions">
                <a class="btn btn-sm" href=format!("/tickets/{id}/sale")>"View sale"</a>
            </div>
        }
        .into_any();
    }
    let like = with_query("/tickets/new", "like", &id);
    if card.availability == Availability::Withdrawn {
        return view! { <div class="ticket-actions"><a class="btn btn-sm" href=like>"List again"</a></div> }.into_any();
    }
    if card.availability != Availability::OnSale {
        return ().into_any();
    }
    let name = format!("Withdraw {}", card.title);
    view! {
        <div class="ticket-actions">
            <a class="btn btn-sm" href=format!("/tickets/{id}/edit")>"Edit listing"</a>
            <a class="btn btn-sm" href=like>"List more"</a>
            <ServerForm action=withdraw>
                {hidden("ticket", id)}
                <SubmitButton label="Withdraw" name busy=withdraw.is_busy() class="btn btn-sm btn-quiet"/>
            </ServerForm>
        </div>
    }
    .into_any()
}
