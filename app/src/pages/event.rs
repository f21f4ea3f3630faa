//! `/events/:slug`: one event, and the tickets on sale for it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::events::{EventListing, EventView};

use crate::{
    api::{ShowEvent, get},
    components::{AvailabilityNote, EventTimeView, PageData, async_page, tickets},
    paths::{venue_page, with_query},
};

/// One event: when and where it is, and its listings, cheapest first.
#[component]
pub(crate) fn EventPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")));
    let event = PageData::new(move || slug.get().unwrap_or_default(), |slug| get(ShowEvent { slug }));
    async_page(event, move |event| {
        // The words of an old link lead to those that the page has now.
        #[cfg(feature = "ssr")]
        if slug.get_untracked().as_ref() != Some(&event.slug) {
            crate::server::error::move_page(&crate::paths::event_page(&event.slug));
        }
        details(event)
    })
}

fn details(event: EventView) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::head::describe_event(&event);
    let summary = summary(&event);
    let EventView { slug, title, category, venue, venue_slug, city, starts, has_started, listings, more, .. } = event;
    let is_empty = listings.is_empty();
    let sell = (!has_started).then(|| {
        let address = with_query("/tickets/new", "event", &slug);
        view! { <p class="aside">"Have tickets for this event? " <a href=address>"Sell them here"</a></p> }.into_any()
    });
    view! {
        <Title text=[&*title, &city, &starts.text].join(", ")/>
        <article class="ticket ticket-large">
            <div class="ticket-body">
                <p class="kicker" data-category=category.code()>{category.label()}</p>
                <h1 class="ticket-title" dir="auto">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts/> " " <span class="small">"local time in " <bdi>{city.clone()}</bdi></span></dd></div>
                    <div><dt>"Where"</dt><dd><a href=venue_page(&venue_slug)><bdi>{venue}</bdi></a> <br/> <bdi>{city}</bdi></dd></div>
                </dl>
            </div>
            <div class="ticket-stub">{summary}</div>
        </article>
        <section class="offers" aria-labelledby="offers-heading">
            {if is_empty { nothing_on_sale(has_started) } else { offers(listings, more) }}
        </section>
        {sell}
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

/// The lowest price and the number of tickets, or why there is none.
fn summary(event: &EventView) -> AnyView {
    match event.cheapest {
        Some(price) => view! {
            <p class="price price-large"><span class="small">"from "</span> {price.to_string()}</p>
            <p class="ticket-place">{tickets(event.tickets)} " on sale"</p>
        }
        .into_any(),
        None if event.has_started => view! { <p class="status status-gone">"Event started"</p> }.into_any(),
        None if event.listings.is_empty() => {
            view! { <p class="status status-gone">"No tickets on sale"</p> }.into_any()
        }
        None => view! { <p class="status status-locked">"All tickets are reserved"</p> }.into_any(),
    }
}

fn offers(listings: Vec<EventListing>, more: usize) -> AnyView {
    let more = (more > 0).then(|| {
        let text = if more == 1 { "1 more listing is".to_owned() } else { format!("{more} more listings are") };
        view! { <p class="more">{text} " not shown. What is shown is cheaper."</p> }.into_any()
    });
    view! {
        <h2 id="offers-heading">"Tickets"</h2>
        <ul class="tickets" role="list">{listings.into_iter().map(offer).collect_view()}</ul>
        {more}
    }
    .into_any()
}

fn offer(listing: EventListing) -> AnyView {
    let EventListing { id, place, price, beside_face_value, availability, together } = listing;
    let is_single = together == "1";
    let each = (!together.is_empty() && !is_single).then(|| view! { <span class="small">" each"</span> }.into_any());
    let together = (!together.is_empty()).then(|| {
        let noun = if is_single { " ticket" } else { " tickets together" };
        view! { <p class="ticket-place">{together} {noun}</p> }.into_any()
    });
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <h3 class="ticket-title"><a href=format!("/tickets/{id}")><bdi>{place}</bdi></a></h3>
                {together}
            </div>
            <div class="ticket-stub">
                <p class="price">{price.to_string()} {each}</p>
                {beside_face_value.map(|text| view! { <p class="small">{text}</p> }.into_any())}
                <AvailabilityNote availability=RwSignal::new(availability).into()/>
            </div>
        </li>
    }
    .into_any()
}

fn nothing_on_sale(has_started: bool) -> AnyView {
    let (heading, text) = if has_started {
        ("This event has started", "Tickets are sold until an event starts.")
    } else {
        ("No tickets on sale for this event", "Have a ticket you cannot use? Sell it to someone who can.")
    };
    let way_on = if has_started { ("/", "Tickets on sale") } else { ("/tickets/new", "Sell your ticket") };
    view! {
        <div class="empty">
            <h2 id="offers-heading">{heading}</h2>
            <p>{text}</p>
            <p class="actions"><a class="btn btn-primary" href=way_on.0>{way_on.1}</a></p>
        </div>
    }
    .into_any()
}
