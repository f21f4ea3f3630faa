//! `/watching`: what the user watches.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Money,
    tickets::Availability,
    watching::{Watch, WatchedListing, WatchedView},
};

use crate::{
    api::{MyWatches, SetWatch, StopWatch, get},
    components::{
        AvailabilityNote, EventTimeView, FormAction, FormError, PageData, ServerForm, SubmitButton, async_page, hidden,
    },
    paths::event_page,
};

/// Each watch with what it tells and what it costs now, and buttons that change and end it.
#[component]
pub(crate) fn WatchingPage() -> impl IntoView {
    let (set, stop) = (FormAction::new::<SetWatch>(), FormAction::new::<StopWatch>());
    let watches = PageData::new(|| (), |()| get(MyWatches {}));
    async_page(watches, move |watches| {
        let content = if watches.is_empty() {
            nothing_yet()
        } else {
            let rows = watches.into_iter().map(|watched| row(watched, set, stop)).collect_view();
            view! { <ul class="tickets" role="list" aria-label="What you watch">{rows}</ul> }.into_any()
        };
        view! {
            <Title text="Watching"/>
            <div class="page-head page-head-small">
                <h1>"Watching"</h1>
                <p class="lead">"We mail you what is new. A watch ends when its event starts."</p>
            </div>
            <FormError failure=set.failure()/>
            <FormError failure=stop.failure()/>
            {content}
            <p class="back"><a href="/orders">"My tickets"</a></p>
        }
        .into_any()
    })
}

fn nothing_yet() -> AnyView {
    view! {
        <section class="empty">
            <h2>"You do not watch anything yet"</h2>
            <p>"Open an event and choose Watch event. We tell you when tickets are listed or become cheaper."</p>
            <p class="actions"><a class="btn btn-primary" href="/search">"Find an event"</a></p>
        </section>
    }
    .into_any()
}

fn row(watched: WatchedView, set: FormAction, stop: FormAction) -> AnyView {
    let WatchedView { watch, event, title, venue, city, starts, is_cancelled, cheapest, listing } = watched;
    let what = told(&watch, listing.is_some());
    let buttons = buttons(&watch, &title, set, stop);
    let (address, place, price) = if let Some(listing) = listing {
        (format!("/tickets/{}", listing.id), Some(listing.place.clone()), of_listing(listing))
    } else {
        (event_page(&event), None, of_event(cheapest, is_cancelled))
    };
    view! {
        <li class="ticket ticket-small">
            <div class="ticket-body">
                <h2 class="ticket-title" dir="auto"><a href=address>{title}</a></h2>
                <p class="ticket-when"><EventTimeView at=starts/></p>
                <p class="ticket-where"><bdi>{venue}</bdi> ", " <bdi>{city}</bdi> {place.map(|place| view! { " · " <bdi>{place}</bdi> }.into_any())}</p>
                <p class="small">{what}</p>
            </div>
            <div class="ticket-stub">{price} <div class="ticket-actions">{buttons}</div></div>
        </li>
    }
    .into_any()
}

/// The lowest price of a watched event.
fn of_event(cheapest: Option<Money>, is_cancelled: bool) -> AnyView {
    match cheapest {
        _ if is_cancelled => view! { <p class="status status-gone">"Event cancelled"</p> }.into_any(),
        Some(price) => view! { <p class="ticket-place">"from"</p> <p class="price">{price.to_string()}</p> }.into_any(),
        None => view! { <p class="status status-gone">"No tickets on sale"</p> }.into_any(),
    }
}

/// The price of a watched listing, with why it cannot be bought.
fn of_listing(listing: WatchedListing) -> AnyView {
    let note = (listing.availability != Availability::OnSale)
        .then(|| view! { <AvailabilityNote availability=RwSignal::new(listing.availability).into()/> }.into_any());
    view! { <p class="price">{listing.price.to_string()}</p> {note} }.into_any()
}

fn buttons(watch: &Watch, title: &str, set: FormAction, stop: FormAction) -> AnyView {
    let Watch { id, at_once, .. } = *watch;
    let label = if at_once { "Mail me once a day" } else { "Mail me at once" };
    // A screen reader lists buttons by their names only, so each needs a name of its own.
    let (set_name, stop_name) = (format!("{label} about {title}"), format!("Stop watching {title}"));
    view! {
        <ServerForm action=set>
            {hidden("watch", id.to_string())}
            {hidden("at_once", (!at_once).to_string())}
            <SubmitButton label name=set_name busy=set.is_busy() class="btn btn-sm"/>
        </ServerForm>
        <ServerForm action=stop>
            {hidden("watch", id.to_string())}
            <SubmitButton label="Stop" name=stop_name busy=stop.is_busy() class="btn btn-sm"/>
        </ServerForm>
    }
    .into_any()
}

/// What a watch tells, and how often.
fn told(watch: &Watch, of_listing: bool) -> String {
    let often = if watch.at_once { "At once" } else { "Once a day" };
    match (of_listing, watch.under) {
        (true, _) => format!("{often}: when its price drops, or it is on sale again"),
        (false, None) => format!("{often}: when tickets are listed or become cheaper"),
        (false, Some(price)) => format!("{often}: when tickets for {price} or less are listed or become cheaper"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_says_what_is_told_and_how_often() {
        let id = "0190d1d0-0000-7000-8000-000000000001".parse().expect("an id");
        let watch = Watch { id, under: Some(Money::usd(4500)), at_once: false };
        assert_eq!(told(&watch, false), "Once a day: when tickets for $45.00 or less are listed or become cheaper");
        let any = Watch { under: None, at_once: true, ..watch };
        assert_eq!(told(&any, false), "At once: when tickets are listed or become cheaper");
        assert_eq!(told(&any, true), "At once: when its price drops, or it is on sale again");
    }
}
