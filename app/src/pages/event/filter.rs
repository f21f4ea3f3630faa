//! Which listings of an event to show. All of it is in the address.

use leptos::prelude::*;
use model::events::{EventView, OfferFilter, SectionOffers};

use crate::{
    pages::search::IN_HAND,
    paths::{event_page, with_values},
};

/// The numbers of tickets to choose from.
const TOGETHER: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// The sections as links, and a form for the rest. Nothing if there is nothing to choose from.
pub(super) fn filter(event: &EventView) -> Option<AnyView> {
    if event.listed < 2 && event.filter == OfferFilter::default() {
        return None;
    }
    let sections = (!event.sections.is_empty()).then(|| {
        let links: Vec<_> = event.sections.iter().map(|section| link(event, section)).collect();
        view! {
            <nav class="choices" aria-label="Sections">
                <ul class="choice-group" role="list">{links}</ul>
            </nav>
        }
        .into_any()
    });
    let OfferFilter { section, max, together, in_hand } = event.filter.clone();
    let all = (event.filter != OfferFilter::default())
        .then(|| view! { <a class="btn" href=event_page(&event.slug)>"All tickets"</a> }.into_any());
    let options = [("", "Any number")].into_iter().chain(TOGETHER.map(|number| (number, number)));
    // A number that only an address can have.
    let other = (!together.is_empty() && !TOGETHER.contains(&together.as_str())).then(|| {
        let number = together.clone();
        view! { <option value=number.clone() selected=true>{number.clone()}</option> }.into_any()
    });
    let options: Vec<_> = options
        .map(|(code, label)| view! { <option value=code selected={code == together}>{label}</option> }.into_any())
        .collect();
    let delivery = IN_HAND
        .map(|(code, label)| view! { <option value=code selected={code == in_hand}>{label}</option> }.into_any());
    Some(
        view! {
            {sections}
            <form class="offer-filter" method="get" action=event_page(&event.slug)>
                {(!section.is_empty()).then(|| view! { <input type="hidden" name="section" value=section/> }.into_any())}
                <div class="field">
                    <label for="together">"Tickets together"</label>
                    <select class="select" id="together" name="together">{options} {other}</select>
                </div>
                <div class="field">
                    <label for="max">"Highest price, in dollars"</label>
                    <input class="input" id="max" name="max" type="text" inputmode="decimal" value=max/>
                </div>
                <div class="field">
                    <label for="in_hand">"Delivery"</label>
                    <select class="select" id="in_hand" name="in_hand">{delivery}</select>
                </div>
                <button class="btn" type="submit">"Show"</button>
                {all}
            </form>
        }
        .into_any(),
    )
}

/// A link that chooses a section, or that takes the choice back.
fn link(event: &EventView, SectionOffers { name, tickets, cheapest }: &SectionOffers) -> AnyView {
    let OfferFilter { section, max, together, in_hand } = &event.filter;
    let is_chosen = section == name;
    let section = if is_chosen { "" } else { name };
    let values = [("section", section), ("together", together), ("max", max), ("in_hand", in_hand)];
    let address = with_values(&event_page(&event.slug), values);
    view! {
        <li>
            <a class="choice-link" href=address aria-current=is_chosen.then_some("true")>
                <bdi>{name.clone()}</bdi> " " <span class="choice-count">{*tickets} " from " {cheapest.to_string()}</span>
            </a>
        </li>
    }
    .into_any()
}
