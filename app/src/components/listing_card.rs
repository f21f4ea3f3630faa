//! A listing in a list, and the link to the list's next page.

use leptos::prelude::*;
use model::tickets::{Availability, ListingCard};

use super::{AvailabilityNote, EventTimeView, dynamic, tickets};

/// What changes of a listing in a list while the page is open.
#[derive(Clone, Copy)]
pub(crate) struct LiveCard {
    /// Whether it can be bought.
    pub(crate) availability: RwSignal<Availability>,
    /// How many of its tickets can be bought now.
    pub(crate) free: RwSignal<usize>,
}

impl LiveCard {
    pub(crate) fn new(card: &ListingCard) -> Self {
        Self { availability: RwSignal::new(card.availability.clone()), free: RwSignal::new(card.free) }
    }
}

/// A listing in a list. The whole card is a link to its page.
#[component]
pub(crate) fn ListingCardView(
    /// The listing.
    card: ListingCard,
    /// What the page keeps up to date.
    #[prop(optional)]
    live: Option<LiveCard>,
    /// Buttons and links below it.
    #[prop(optional)]
    actions: Option<AnyView>,
) -> impl IntoView {
    let address = format!("/tickets/{}", card.id);
    let LiveCard { availability, free } = live.unwrap_or_else(|| LiveCard::new(&card));
    let each = dynamic(move || (free.get() > 1).then(|| " each".into_any()).into_any());
    let on_sale = dynamic(move || {
        let free = free.get();
        (free > 1).then(|| view! { <p class="ticket-place">{tickets(free)} " on sale"</p> }.into_any()).into_any()
    });
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
                <p class="price">{card.price.to_string()} {each}</p>
                <p class="ticket-place">{card.place}</p>
                {on_sale}
                <AvailabilityNote availability=availability.into()/>
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
    address.map(|address| view! { <p class="more"><a class="btn" href=address>{label}</a></p> }.into_any())
}
