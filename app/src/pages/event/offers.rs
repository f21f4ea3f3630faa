//! The listings of an event.

use leptos::prelude::*;
use model::{events::EventListing, tickets::Availability};

use super::reactive_event::{ReactiveEvent, Row};
use crate::{
    components::{AvailabilityNote, words},
    paths::event_page,
};

/// The listings that the filter lets through, or the way back to all of them.
pub(super) fn offers(listings: Vec<EventListing>, more: usize, slug: &str, live: ReactiveEvent) -> AnyView {
    if listings.is_empty() {
        return view! {
            <div class="empty">
                <h3>"No tickets match"</h3>
                <p>"Other tickets for this event are on sale or reserved."</p>
                <p class="actions"><a class="btn btn-primary" href=event_page(slug)>"All tickets for this event"</a></p>
            </div>
        }
        .into_any();
    }
    let more = (more > 0).then(|| {
        let text = if more == 1 { "1 more listing is".to_owned() } else { format!("{more} more listings are") };
        view! { <p class="more">{text} " not shown. What is shown is cheaper."</p> }.into_any()
    });
    let rows = listings.into_iter().zip(live.rows()).map(|(listing, row)| offer(listing, row));
    view! {
        <ul class="tickets" role="list">{rows.collect_view()}</ul>
        {more}
    }
    .into_any()
}

fn offer(listing: EventListing, row: Row) -> AnyView {
    let EventListing { id, place, beside_face_value, delivery, has_waitlist, .. } = listing;
    let address = format!("/tickets/{id}");
    let together = words(move || together(&row.together.get()).into_any());
    let price = words(move || price(row).into_any());
    let beside_face_value = beside_face_value.map(|text| {
        words(move || {
            let text = text.clone();
            row.has_first_price.get().then(|| view! { <p class="small">{text}</p> }.into_any()).into_any()
        })
    });
    let waitlist = has_waitlist.then(|| {
        let address = address.clone();
        words(move || {
            let is_locked = matches!(row.availability.get(), Availability::LockedUntil(_));
            let address = address.clone();
            is_locked
                .then(|| view! { <p class="small"><a href=address>"Join the waitlist"</a></p> }.into_any())
                .into_any()
        })
    });
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <h3 class="ticket-title"><a href=address><bdi>{place}</bdi></a></h3>
                {together}
                {delivery.map(|text| view! { <p class="small">{text}</p> }.into_any())}
            </div>
            <div class="ticket-stub">
                {price}
                {beside_face_value}
                <AvailabilityNote availability=row.availability.into()/>
                {waitlist}
            </div>
        </li>
    }
    .into_any()
}

fn together(numbers: &str) -> Option<AnyView> {
    let noun = if numbers == "1" { " ticket" } else { " tickets together" };
    (!numbers.is_empty()).then(|| view! { <p class="ticket-place">{numbers.to_owned()} {noun}</p> }.into_any())
}

fn price(row: Row) -> AnyView {
    let is_each = row.together.with(|numbers| !numbers.is_empty() && numbers != "1");
    let each = is_each.then(|| view! { <span class="small">" each"</span> }.into_any());
    view! { <p class="price">{row.price.get().to_string()} {each}</p> }.into_any()
}
