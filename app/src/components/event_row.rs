//! An event in a list.

use leptos::prelude::*;
use model::events::FoundEvent;

use super::{EventTimeView, tickets};
use crate::paths::event_page;

/// Events in a list.
pub(crate) fn event_rows(events: Vec<FoundEvent>) -> AnyView {
    view! { <ul class="tickets" role="list" aria-label="Events">{events.into_iter().map(row).collect_view()}</ul> }
        .into_any()
}

/// The whole row is a link to the page of the event.
fn row(event: FoundEvent) -> AnyView {
    let FoundEvent { slug, title, category, venue, city, starts, tickets: count, cheapest, sold } = event;
    // `Thu 31 Dec 2026, 20:00`
    let mut words = starts.text.split(' ').skip(1).map(str::to_owned);
    let (day, month) = (words.next(), words.next());
    view! {
        <li class="ticket">
            <div class="ticket-body dated">
                <p class="date-block" aria-hidden="true"><span>{month}</span> <span class="date-day">{day}</span></p>
                <div>
                    <p class="kicker" data-category=category.code()>{category.label()}</p>
                    <h2 class="ticket-title" dir="auto"><a href=event_page(&slug)>{title}</a></h2>
                    <p class="ticket-when"><EventTimeView at=starts/></p>
                    <p class="ticket-where"><bdi>{venue}</bdi> ", " <bdi>{city}</bdi></p>
                </div>
            </div>
            <div class="ticket-stub">
                <p class="ticket-place">{tickets(count)} " from"</p>
                <p class="price">{cheapest.to_string()}</p>
                {(sold > 0).then(|| view! { <p class="small">{sold} " sold in 24 hours"</p> }.into_any())}
            </div>
        </li>
    }
    .into_any()
}
