//! `/venues/:slug`: one venue, and what is on there.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::events::VenueView;

use super::in_query;
use crate::{
    api::{ShowVenue, get},
    components::{MoreLink, PageData, async_page, event_rows},
    paths::{venue_page, with_query, with_values},
};

/// A venue with its events that have tickets on sale, soonest first.
#[component]
pub(crate) fn VenuePage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let after = in_query("after");
    let source = move || (slug.get(), after.get().unwrap_or_default());
    let venue = PageData::new(source, |(slug, after)| get(ShowVenue { slug, after }));
    async_page(venue, move |VenueView { slug: address, name, city, events, next }| {
        let address = venue_page(&address);
        // The words of an old link lead to those that the page has now.
        #[cfg(feature = "ssr")]
        if venue_page(&slug.get_untracked()) != address {
            crate::server::error::move_page(&address);
        }
        let is_later_page = after.get_untracked().is_some();
        #[cfg(feature = "ssr")]
        if !is_later_page {
            crate::head::describe_venue(&name, &city, &address);
        }
        let next = next.map(|next| with_values(&address, [("after", &*next)]));
        let first_page =
            is_later_page.then(|| view! { <p class="back"><a href=address>"First page"</a></p> }.into_any());
        let in_city = with_query("/search", "city", &city);
        let list = if events.is_empty() { nothing_on_sale(is_later_page) } else { event_rows(events) };
        view! {
            <Title text=name.clone()/>
            <div class="hero">
                <h1 dir="auto">{name}</h1>
                <p class="lead">"Venue in " <a href=in_city><bdi>{city}</bdi></a></p>
            </div>
            {first_page}
            {list}
            <MoreLink address=next label="More events"/>
        }
        .into_any()
    })
}

fn nothing_on_sale(is_later_page: bool) -> AnyView {
    view! {
        <section class="empty">
            <h2>{if is_later_page { "No more events" } else { "No tickets on sale for this venue" }}</h2>
            <p>"Have a ticket you cannot use? Sell it to someone who can."</p>
            <p class="actions"><a class="btn btn-primary" href="/tickets/new">"Sell your ticket"</a> " " <a class="btn" href="/search">"All events"</a></p>
        </section>
    }
    .into_any()
}
