//! A listing in a list, and the link to the list's next page.

use leptos::prelude::*;
use model::tickets::{Availability, ListingCard};

use super::{AvailabilityNote, EventTimeView, tickets, words};

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
    /// What stands below the price.
    #[prop(optional)]
    beside_price: Option<AnyView>,
    /// Buttons and links below it.
    #[prop(optional)]
    actions: Option<AnyView>,
) -> impl IntoView {
    let address = format!("/tickets/{}", card.id);
    let LiveCard { availability, free } = live.unwrap_or_else(|| LiveCard::new(&card));
    let listed = card.listed;
    let each = (listed > 1).then_some(" each");
    let on_sale = words(move || {
        let text = on_sale(&availability.get(), free.get(), listed);
        text.map(|text| view! { <p class="ticket-place">{text}</p> }.into_any()).into_any()
    });
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <p class="kicker" data-category=card.category.code()>{card.category.label()}</p>
                <h2 class="ticket-title" dir="auto"><a href=address>{card.title}</a></h2>
                <p class="ticket-when"><EventTimeView at=card.starts/></p>
                <p class="ticket-where"><bdi>{card.venue}</bdi> ", " <bdi>{card.city}</bdi></p>
                {actions}
            </div>
            <div class="ticket-stub">
                <p class="price">{card.price.to_string()} {each}</p>
                {beside_price}
                <p class="ticket-place">{card.place}</p>
                {on_sale}
                <AvailabilityNote availability=availability.into()/>
            </div>
        </li>
    }
    .into_any()
}

/// How many tickets of a listing of several can be bought.
pub(crate) fn on_sale(availability: &Availability, free: usize, listed: usize) -> Option<String> {
    if listed < 2 || *availability != Availability::OnSale {
        None
    } else if free == listed {
        Some(format!("{} on sale", tickets(free)))
    } else {
        Some(format!("{free} of {} on sale", tickets(listed)))
    }
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
