//! `/listings`: the user's own listings.

mod drafts;
mod prices;
mod sales;

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    ListingId,
    tickets::{Availability, ListingCard, ListingsPart, MyListing, MyListings as Page},
};

use self::{
    drafts::drafts,
    prices::{ChangeOfPrices, choice, result},
    sales::charts,
};
use super::in_query;
use crate::{
    api::{DiscardDraft, MyListings, MySales, RestoreTicket, WithdrawTicket, get},
    components::{
        FormAction, FormError, ListingCardView, MoreLink, PageData, ServerForm, SubmitButton, async_page, hidden,
    },
    paths::{SALES_EXPORT, with_query, with_values},
};

/// A part of the user's listings, newest first.
#[component]
pub(crate) fn ListingsPage() -> impl IntoView {
    let (show, after) = (in_query("show"), in_query("after"));
    let part = move || ListingsPart::parse(&show.get().unwrap_or_default());
    let withdraw = FormAction::new::<WithdrawTicket>();
    // Its form is above the page, and its error comes back to this page.
    let restore = FormAction::new::<RestoreTicket>();
    let discard = FormAction::new::<DiscardDraft>();
    let prices = ChangeOfPrices::new();
    let listings = PageData::new(
        // A refusal means that the list is out of date, so it is loaded again.
        move || (part(), after.get().and_then(|id| id.parse::<ListingId>().ok()), withdraw.refusals().get()),
        |(part, after, _)| async move {
            let page = get(MyListings { after, show: part.code().to_owned() }).await?;
            // The pictures are of all that is sold, so they stand on its first page.
            let has_charts = part == ListingsPart::Sold && after.is_none();
            let sales = if has_charts { get(MySales {}).await? } else { Vec::new() };
            Ok((part, after, page, sales))
        },
    );
    async_page(listings, move |(part, after, page, sales)| {
        view! {
            <Title text="My listings"/>
            <div class="page-head">
                <h1>"My listings"</h1>
                // An empty list has its own link to the form.
                {page.has_any.then(|| view! { <a class="btn btn-primary" href="/tickets/new">"Sell another ticket"</a> }.into_any())}
            </div>
            {result(&page.listings)}
            <FormError failure=withdraw.failure()/>
            <FormError failure=restore.failure()/>
            <FormError failure=discard.failure()/>
            <FormError failure=prices.form.failure()/>
            {page.has_any.then(|| parts(part))}
            {charts(sales)}
            {if part == ListingsPart::Drafts && !page.drafts.is_empty() {
                drafts(page.drafts, discard)
            } else {
                listing_list(page, part, after, withdraw, prices)
            }}
            <p class="back"><a href="/balance">"Balance"</a></p>
            <p class="aside"><a rel="external" download href=SALES_EXPORT>"Download my sales as a table (CSV)"</a></p>
        }
        .into_any()
    })
}

/// The links to the parts of the list.
fn parts(shown: ListingsPart) -> AnyView {
    let link = |part: &ListingsPart| {
        let code = if *part == ListingsPart::default() { "" } else { part.code() };
        let address = with_values("/listings", [("show", code)]);
        let current = (*part == shown).then_some("page");
        view! { <a class="choice-link" href=address aria-current=current>{part.label()}</a> }.into_any()
    };
    view! { <nav class="choice-group my-parts" aria-label="Parts of my listings">{ListingsPart::ALL.iter().map(link).collect_view()}</nav> }
        .into_any()
}

fn listing_list(
    Page { listings, next, has_any, .. }: Page,
    part: ListingsPart,
    after: Option<ListingId>,
    withdraw: FormAction,
    prices: ChangeOfPrices,
) -> AnyView {
    if !has_any {
        return view! {
            <section class="empty">
                <h2>"You have not listed a ticket yet"</h2>
                <p>"It takes a minute. You set the price, and the buyer pays exactly that."</p>
                <p class="actions"><a class="btn btn-primary" href="/tickets/new">"Sell your first ticket"</a></p>
            </section>
        }
        .into_any();
    }
    if listings.is_empty() {
        return view! { <section class="empty"><h2>"Nothing here"</h2></section> }.into_any();
    }
    let code = if part == ListingsPart::default() { "" } else { part.code() };
    let next = next.map(|cursor| with_values("/listings", [("show", code), ("after", &cursor)]));
    let form = listings.iter().any(|listing| prices::can_be_chosen(&listing.card)).then(|| prices.view(part, after));
    view! {
        {form}
        <ul class="tickets my-listings" role="list">
            {listings
                .into_iter()
                .map(|listing| {
                    let actions = own(&listing, withdraw, prices);
                    view! { <ListingCardView card=listing.card actions/> }.into_any()
                })
                .collect_view()}
        </ul>
        <MoreLink address=next label="Older listings"/>
    }
    .into_any()
}

/// What only the seller sees of a listing: who reserves, waits and has bought, and what can be done.
fn own(listing: &MyListing, withdraw: FormAction, prices: ChangeOfPrices) -> AnyView {
    let notes = listing.notes.join(" · ");
    view! {
        {(!notes.is_empty()).then(|| view! { <p class="small listing-notes">{notes}</p> }.into_any())}
        {prices::outcome(listing)}
        {choice(listing, prices)}
        {actions(&listing.card, withdraw)}
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
