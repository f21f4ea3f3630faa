//! Times and availability. The server formats the times.

use leptos::prelude::*;
use model::{EventTime, Timestamp, orders::OrderTickets, tickets::Availability};

use super::words;

/// A point in time. `page.js` writes it by the reader's clock after hydration.
#[component]
pub(crate) fn TimestampView(
    /// The time.
    at: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.iso data-instant="">{at.text}</time> }
}

/// When an event starts.
#[component]
pub(crate) fn EventTimeView(
    /// The time.
    at: EventTime,
) -> impl IntoView {
    view! { <time datetime=at.iso>{at.text}</time> }
}

/// What has become of the event since the tickets were locked.
pub(crate) fn event_news(tickets: &OrderTickets) -> Option<AnyView> {
    tickets.news.clone().map(|news| view! { <p class="notice">{news}</p> }.into_any())
}

/// Where `page.js` writes when the event starts by the reader's clock, if that shows another time.
pub(crate) fn own_time(at: &EventTime) -> AnyView {
    view! { <span class="own-time small" data-own-time=at.iso.clone()></span> }.into_any()
}

/// Why a ticket cannot be bought. Empty while it can.
#[component]
pub(crate) fn AvailabilityNote(
    /// The ticket's availability.
    availability: Signal<Availability>,
) -> impl IntoView {
    words(move || note(availability.get()).into_any())
}

fn note(availability: Availability) -> Option<AnyView> {
    let (class, label, until) = match availability {
        Availability::OnSale => return None,
        Availability::LockedUntil(until) => ("status status-locked", "Reserved until", Some(until)),
        Availability::Sold => ("status status-sold", "Sold", None),
        Availability::Withdrawn => ("status status-gone", "Withdrawn", None),
        Availability::Started => ("status status-gone", "Event started", None),
        Availability::EventCancelled => ("status status-gone", "Event cancelled", None),
    };
    let until = until.map(|until| view! { " " <TimestampView at=until/> }.into_any());
    Some(view! { <p class=class>{label} {until}</p> }.into_any())
}
