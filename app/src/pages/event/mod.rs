//! `/events/:slug`: one event, and the tickets on sale for it.

mod art;
mod filter;
mod offers;
mod prices;
mod reactive_event;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::events::{EventStage, EventView, OfferFilter};

use self::{art::art, filter::filter, offers::offers, prices::prices, reactive_event::ReactiveEvent};
use crate::{
    api::{ShowEvent, get},
    components::{EventTimeView, EventWatching, PageData, async_page, own_time, tickets, words},
    paths::{venue_page, with_query},
};

/// One event: when and where it is, and its listings, cheapest first.
#[component]
pub(crate) fn EventPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")));
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        query.with(|query| {
            let field = |name| query.get(name).unwrap_or_default();
            let (section, max, together) = (field("section"), field("max"), field("together"));
            OfferFilter { section, max, together, in_hand: field("in_hand") }
        })
    });
    // Counts how often the reader asked for the newest listings.
    let loads = RwSignal::new(0);
    let source = move || (slug.get().unwrap_or_default(), filter.get(), loads.get());
    let event = PageData::new(source, |(slug, filter, _)| get(ShowEvent { slug, filter }));
    let watching = EventWatching::of(slug);
    async_page(event, move |event| {
        // The words of an old link lead to those that the page has now.
        #[cfg(feature = "ssr")]
        if slug.get_untracked().as_ref() != Some(&event.slug) {
            crate::server::error::move_page(&crate::paths::event_page(&event.slug));
        }
        details(event, loads, watching)
    })
}

fn details(event: EventView, loads: RwSignal<u32>, watching: EventWatching) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::head::describe_event(&event);
    let live = ReactiveEvent::new(&event);
    let is_coming = event.stage == EventStage::Coming;
    if is_coming {
        live.subscribe();
    }
    let summary = summary(&event, live);
    let art = art(event.category, &event.slug);
    let watch = is_coming.then(|| watching.view(&event.slug));
    let sell = is_coming.then(|| {
        let address = with_query("/tickets/new", "event", &event.slug);
        view! { <p class="aside">"Have tickets for this event? " <a href=address>"Sell them here"</a></p> }.into_any()
    });
    let list = if event.listed == 0 {
        view! { <section class="offers" aria-labelledby="offers-heading">{news(live, loads)} {nothing_on_sale(event.stage)}</section> }
            .into_any()
    } else {
        view! {
            <section class="offers" aria-labelledby="offers-heading">
                <h2 id="offers-heading">"Tickets"</h2>
                {prices(&event.prices)}
                {filter(&event)}
                {news(live, loads)}
                {offers(event.listings, event.more, &event.slug, live)}
            </section>
        }
        .into_any()
    };
    let EventView { title, category, venue, venue_slug, city, starts, moved_from, .. } = event;
    let moved_from = moved_from.map(|start| {
        view! { <br/> <span class="small">"Moved from " <s><EventTimeView at=start/></s></span> }.into_any()
    });
    view! {
        <Title text=[&*title, &city, &starts.text].join(", ")/>
        {art}
        <article class="ticket ticket-large">
            <div class="ticket-body">
                <p class="kicker" data-category=category.code()>{category.label()}</p>
                <h1 class="ticket-title" dir="auto">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts.clone()/> " " <span class="small">"local time in " <bdi>{city.clone()}</bdi></span> {own_time(&starts)} {moved_from}</dd></div>
                    <div><dt>"Where"</dt><dd><a href=venue_page(&venue_slug)><bdi>{venue}</bdi></a> <br/> <bdi>{city}</bdi></dd></div>
                </dl>
            </div>
            <div class="ticket-stub">{summary}</div>
        </article>
        {list}
        {watch}
        {sell}
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

/// The lowest price and the number of tickets, or why there is none.
fn summary(event: &EventView, live: ReactiveEvent) -> AnyView {
    match event.stage {
        EventStage::Coming => {}
        EventStage::Started => return view! { <p class="status status-gone">"Event started"</p> }.into_any(),
        EventStage::Cancelled => return view! { <p class="status status-gone">"Event cancelled"</p> }.into_any(),
    }
    words(move || match live.cheapest() {
        Some(price) => view! {
            <div>
                <p class="price price-large"><span class="small">"from "</span> {price.to_string()}</p>
                <p class="ticket-place">{tickets(live.tickets())} " on sale"</p>
            </div>
        }
        .into_any(),
        None if live.has_reserved() => {
            view! { <p class="status status-locked">"All tickets are reserved"</p> }.into_any()
        }
        None => view! { <p class="status status-gone">"No tickets on sale"</p> }.into_any(),
    })
}

/// Tells that there are newer listings than the page shows. They come when the reader asks, so that nothing moves under
/// the finger.
fn news(live: ReactiveEvent, loads: RwSignal<u32>) -> AnyView {
    let notice = words(move || {
        live.has_news()
            .then(|| {
                view! {
                    <p class="notice">
                        "Sellers have listed or changed tickets. "
                        <button class="btn btn-sm" type="button" on:click=move |_| loads.update(|count| *count += 1)>"Show the newest"</button>
                    </p>
                }
                .into_any()
            })
            .into_any()
    });
    view! { <div role="status">{notice}</div> }.into_any()
}

fn nothing_on_sale(stage: EventStage) -> AnyView {
    let (heading, text) = match stage {
        EventStage::Coming => {
            ("No tickets on sale for this event", "Have a ticket you cannot use? Sell it to someone who can.")
        }
        EventStage::Started => ("This event has started", "Tickets are sold until an event starts."),
        EventStage::Cancelled => ("This event is cancelled", "Nothing of it is on sale any more."),
    };
    let way_on = match stage {
        EventStage::Coming => ("/tickets/new", "Sell your ticket"),
        EventStage::Started | EventStage::Cancelled => ("/", "Tickets on sale"),
    };
    view! {
        <div class="empty">
            <h2 id="offers-heading">{heading}</h2>
            <p>{text}</p>
            <p class="actions"><a class="btn btn-primary" href=way_on.0>{way_on.1}</a></p>
        </div>
    }
    .into_any()
}
