//! A ticket in a list, and the link to the list's next page.

use leptos::prelude::*;
use model::tickets::{Availability, TicketCard};

use super::{AvailabilityNote, EventTimeView};

/// A ticket in a list. The whole card is a link to its page.
#[component]
pub(crate) fn TicketCardView(
    /// The ticket.
    card: TicketCard,
    /// The availability, where the page keeps it up to date.
    #[prop(optional, into)]
    availability: Option<Signal<Availability>>,
    /// Buttons and links below it.
    #[prop(optional)]
    actions: Option<AnyView>,
) -> impl IntoView {
    let address = format!("/tickets/{}", card.id);
    let availability = availability.unwrap_or_else(|| Signal::stored(card.availability));
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <p class="kicker" data-category=card.category.code()>{card.category.label()}</p>
                <h2 class="ticket-title"><a href=address>{card.title}</a></h2>
                <p class="ticket-when"><EventTimeView at=card.starts/></p>
                <p class="ticket-where">{card.venue} ", " {card.city}</p>
                {actions}
            </div>
            <div class="ticket-stub">
                <p class="price">{card.price.to_string()}</p>
                <p class="ticket-place">{card.place}</p>
                <AvailabilityNote availability/>
            </div>
        </li>
    }
    .into_any()
}

/// The link to the next page of a list, if there is one.
#[component]
pub(crate) fn MoreLink(
    /// Its address.
    address: Option<String>,
    /// Its text.
    label: &'static str,
) -> impl IntoView {
    address.map(|address| view! { <p class="more"><a class="btn" href=address>{label}</a></p> })
}
